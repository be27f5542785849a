package dev.sild.bindings.selftest;

import dev.sild.bindings.DType;
import java.util.List;

/** Tokens, and shares of tokens. */
final class TokenCases {
  private TokenCases() {}

  static List<Case> all() {
    return List.of(
        softmax("one class", 31, 1),
        softmax("31 classes", 33, 31),
        softmax("64 classes", 257, 64),
        softmax("1024 classes", 3, 1024),
        softmax("longer than the registers", 2, 9000),
        softmaxGradient("one class", 31, 1),
        softmaxGradient("31 classes", 33, 31),
        softmaxGradient("64 classes", 257, 64),
        softmaxGradient("longer than the registers", 2, 9000),
        embedding("one symbol", 31, 1, 1, 1, false),
        embedding("by index", 33, 40, 11, 32, true),
        embedding("an odd width", 5, 31, 256, 31, true),
        embedding("tokens that are none", 5, 31, 3, 64, false));
  }

  private static Case softmax(String name, long rows, long classes) {
    return new Case(
        "softmaxForward",
        name,
        trial ->
            trial.stream()
                .softmaxForward(
                    trial.output("p", Bound.rounding(classes).ofRow(), rows, classes),
                    trial.scaled(3, rows, classes)));
  }

  private static Case softmaxGradient(String name, long rows, long classes) {
    return new Case(
        "softmaxBackward",
        name,
        trial ->
            trial.stream()
                .softmaxBackward(
                    trial.output("dlogits", Bound.rounding(classes), rows, classes),
                    trial.normal(rows, classes),
                    trial.uniform(0, 2.0 / classes, rows, classes)));
  }

  private static Case embedding(
      String name, long rows, long tokens, int symbols, long width, boolean indexed) {
    return new Case(
        "tokenEmbedding",
        name,
        trial ->
            trial.stream()
                .tokenEmbedding(
                    trial.output("x", Bound.exact(), rows * tokens, width),
                    trial.output("labels", Bound.exact(), DType.U8, rows * tokens),
                    trial.bytes(Math.max(symbols, 5), indexed ? 7 : rows, tokens),
                    indexed ? trial.below(7, rows) : null,
                    trial.normal(symbols, width)));
  }
}
