package dev.sild.network;

import dev.sild.bindings.Activation;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.TokenLayout;
import dev.sild.bindings.View;
import dev.sild.data.ImageShape;

/** y = x + p(attention(q, k, v)), all pixels of an image looking at each other; p starts small. */
public final class SelfAttention implements Layer {
  private final ImageShape shape;
  private final int heads;
  private final GroupNorm norm;
  private final Conv input;
  private final Conv output;
  private final Slot attended;
  private final Slot logSumExp;
  private final Slot dInput;
  private View qkv;

  /**
   * @param heads divide the channels
   */
  public SelfAttention(Blueprint blueprint, String name, ImageShape shape, int heads) {
    this.shape = shape;
    this.heads = heads;
    int channels = shape.channels();
    norm = new GroupNorm(blueprint, name + ".norm", shape, Activation.IDENTITY);
    input = new Conv(blueprint, name + ".qkv", shape, 3 * channels, 1, 1, true);
    output = new Conv(blueprint, name + ".out", shape, channels, 1, 0.1, true);
    attended = blueprint.rows(name + ".attended", shape.size());
    logSumExp = blueprint.rows(name + ".log_sum_exp", (long) heads * shape.pixels());
    dInput = blueprint.rowsForTraining(name + ".dqkv", 3L * shape.size());
  }

  @Override
  public View forward(Stream stream, View x) {
    long rows = x.rows();
    qkv = input.forward(stream, norm.forward(stream, x));
    View y = attended.view().first(rows);
    stream.attentionForward(
        planes(y, 1), perHead(rows), planes(qkv, 3), heads, TokenLayout.CHANNELS_FIRST);
    return output.forward(stream, y, x);
  }

  /** In place: dx is dy. */
  @Override
  public View backward(Stream stream, View dy) {
    long rows = dy.rows();
    View dAttended = output.backward(stream, dy);
    View d = dInput.view().first(rows);
    stream.attentionBackward(
        planes(d, 3),
        planes(dAttended, 1),
        planes(attended.view().first(rows), 1),
        planes(qkv, 3),
        perHead(rows),
        heads,
        TokenLayout.CHANNELS_FIRST);
    norm.backward(stream, input.backward(stream, d), dy, null, true); // beside the identity's
    return dy;
  }

  private View perHead(long rows) {
    return logSumExp.view().first(rows).reshape(rows, heads, shape.pixels());
  }

  private View planes(View rows, int parts) {
    return rows.reshape(rows.rows(), (long) parts * shape.channels(), shape.pixels());
  }
}
