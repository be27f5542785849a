package dev.sild.bindings.selftest;

import dev.sild.bindings.TokenLayout;
import dev.sild.bindings.View;
import java.util.List;

/**
 * Attention: sums over channels, then over tokens. Its tiles are 64 × 32 and 64 × 64 tokens, and
 * sixteens of channels.
 */
final class AttentionCases {
  private AttentionCases() {}

  static List<Case> all() {
    return List.of(
        forward("one token", 3, 1, 8, 2, TokenLayout.CHANNELS_FIRST),
        forward("31 tokens, one channel", 2, 31, 3, 3, TokenLayout.TOKENS_FIRST),
        forward("two tiles, channels first", 1, 68, 64, 1, TokenLayout.CHANNELS_FIRST),
        forward("two tiles, tokens first", 1, 67, 60, 1, TokenLayout.TOKENS_FIRST),
        forward("an odd number, channels first", 2, 101, 15, 1, TokenLayout.CHANNELS_FIRST),
        backward("one token", 3, 1, 8, 2, TokenLayout.CHANNELS_FIRST),
        backward("31 tokens, one channel", 2, 31, 3, 3, TokenLayout.TOKENS_FIRST),
        backward("two tiles, channels first", 1, 68, 64, 1, TokenLayout.CHANNELS_FIRST),
        backward("two tiles, tokens first", 1, 67, 60, 1, TokenLayout.TOKENS_FIRST),
        backward("an odd number, channels first", 2, 101, 15, 1, TokenLayout.CHANNELS_FIRST));
  }

  private static Case forward(
      String name, long rows, long tokens, long channels, int heads, TokenLayout layout) {
    return new Case(
        "attentionForward",
        name,
        trial -> {
          Bound bound = Bound.rounding(tokens + channels);
          trial.stream()
              .attentionForward(
                  trial.output("y", bound, rows, tokens, channels),
                  trial.output("logSumExp", bound, rows, heads, tokens),
                  trial.normal(rows, tokens, 3 * channels),
                  heads,
                  layout);
        });
  }

  /** y and the logarithms need not be what the forward pass gives: they are numbers like others. */
  private static Case backward(
      String name, long rows, long tokens, long channels, int heads, TokenLayout layout) {
    return new Case(
        "attentionBackward",
        name,
        trial -> {
          View y = trial.normal(rows, tokens, channels);
          double logarithm = Math.log(tokens);
          trial.stream()
              .attentionBackward(
                  trial.output(
                      "dqkv", Bound.rounding(tokens + channels), rows, tokens, 3, channels),
                  trial.normal(rows, tokens, channels),
                  y,
                  trial.normal(rows, tokens, 3 * channels),
                  trial.uniform(logarithm, logarithm + 1, rows, heads, tokens),
                  heads,
                  layout);
        });
  }
}
