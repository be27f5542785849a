package dev.sild.network;

import dev.sild.bindings.Activation;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.TokenLayout;
import dev.sild.bindings.View;

/**
 * y = x + p(attention(q, k, v)), all T tokens of a sample looking at each other; p starts small.
 * Rows are tokens: (B · T, C).
 */
public final class TokenAttention implements Layer {
  private final int tokens;
  private final int width;
  private final int heads;
  private final Norm norm;
  private final Linear input;
  private final Linear output;
  private final Slot attended;
  private final Slot logSumExp;
  private final Slot dInput;
  private View qkv;

  /**
   * @param blueprint of B · T rows
   * @param tokens T
   * @param width C
   * @param heads divide the width
   */
  public TokenAttention(Blueprint blueprint, String name, int tokens, int width, int heads) {
    this.tokens = tokens;
    this.width = width;
    this.heads = heads;
    norm = new Norm(blueprint, name + ".norm", width);
    input = new Linear(blueprint, name + ".qkv", width, 3 * width, Activation.IDENTITY, 1, true);
    output = new Linear(blueprint, name + ".out", width, width, Activation.IDENTITY, 0.1, true);
    attended = blueprint.rows(name + ".attended", width);
    logSumExp = blueprint.rows(name + ".log_sum_exp", heads);
    dInput = blueprint.rowsForTraining(name + ".dqkv", 3L * width);
  }

  @Override
  public View forward(Stream stream, View x) {
    long rows = x.rows();
    qkv = input.forward(stream, norm.forward(stream, x));
    View y = attended.view().first(rows);
    stream.attentionForward(
        samples(y, 1), perHead(rows), samples(qkv, 3), heads, TokenLayout.TOKENS_FIRST);
    return output.forward(stream, y, null, x);
  }

  /** In place: dx is dy. */
  @Override
  public View backward(Stream stream, View dy) {
    long rows = dy.rows();
    View dAttended = output.backward(stream, dy);
    View d = dInput.view().first(rows);
    stream.attentionBackward(
        samples(d, 3),
        samples(dAttended, 1),
        samples(attended.view().first(rows), 1),
        samples(qkv, 3),
        perHead(rows),
        heads,
        TokenLayout.TOKENS_FIRST);
    norm.backward(stream, input.backward(stream, d), dy, true); // beside the identity's
    return dy;
  }

  private View perHead(long rows) {
    return logSumExp.view().first(rows).reshape(rows / tokens, heads, tokens);
  }

  private View samples(View rows, int parts) {
    return rows.reshape(rows.rows() / tokens, tokens, (long) parts * width);
  }
}
