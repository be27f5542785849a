package dev.sild.bindings.selftest;

import static dev.sild.bindings.Activation.IDENTITY;
import static dev.sild.bindings.Activation.SILU;

import dev.sild.bindings.Activation;
import dev.sild.bindings.Epilogue;
import dev.sild.bindings.View;
import java.util.List;

/**
 * Layers and bare products. Inputs are standard normal, weights of deviation K^−½: what a layer
 * sees in training, and what the bound of a product counts on.
 */
final class LinearCases {
  private LinearCases() {}

  /** A layer's sizes, B × K → B × N. */
  private record Size(long b, long n, long k) {}

  /** Which optional arguments there are; modulation: none, one row for all, or one each. */
  private enum Parts {
    NONE,
    BIAS,
    GAIN,
    ONE_MODULATION,
    RESIDUAL,
    ALL;

    boolean has(Parts part) {
      return this == part || this == ALL;
    }
  }

  static List<Case> all() {
    return List.of(
        forward("a column", new Size(31, 1, 31), IDENTITY, Parts.NONE, true),
        forward("one input", new Size(31, 31, 1), SILU, Parts.BIAS, true),
        forward("odd sizes", new Size(33, 70, 131), SILU, Parts.ALL, true),
        forward("whole tiles", new Size(64, 64, 256), SILU, Parts.ALL, true),
        forward("a row", new Size(1, 64, 1021), SILU, Parts.ONE_MODULATION, false),
        forward("gain", new Size(31, 52, 36), IDENTITY, Parts.GAIN, false),
        forward("residual", new Size(31, 52, 36), SILU, Parts.RESIDUAL, true),
        forward("enough for large tiles", new Size(2050, 516, 68), SILU, Parts.ALL, true),
        backward("a column", new Size(31, 1, 31), IDENTITY, Parts.NONE, true, false),
        backward("one input", new Size(31, 31, 1), SILU, Parts.BIAS, true, false),
        backward("odd sizes", new Size(131, 33, 70), SILU, Parts.ALL, true, true),
        backward("whole tiles", new Size(64, 256, 64), SILU, Parts.ALL, true, false),
        backward("gain alone", new Size(31, 52, 36), IDENTITY, Parts.GAIN, true, true),
        backward("no dx", new Size(31, 52, 36), SILU, Parts.BIAS, false, false),
        backward("many rows", new Size(1030, 52, 36), SILU, Parts.GAIN, true, false),
        backward("enough for large tiles", new Size(68, 2052, 516), SILU, Parts.ALL, false, true),
        duInPlace(),
        product("a b", 31, 33, 70, false, false, false),
        product("a b, added", 64, 64, 96, false, false, true),
        product("aᵀ b", 31, 33, 70, true, false, false),
        product("aᵀ b, added", 64, 64, 96, true, false, true),
        product("a bᵀ", 31, 33, 70, false, true, false),
        product("a bᵀ, added", 64, 64, 96, false, true, true),
        product("aᵀ bᵀ", 31, 33, 70, true, true, false),
        product("aᵀ bᵀ, added", 64, 64, 96, true, true, true),
        product("a b, enough for large tiles", 2050, 516, 68, false, false, true),
        product("aᵀ bᵀ, enough for large tiles", 516, 2050, 68, true, true, false),
        product("aᵀ b, enough for a library", 515, 257, 1021, true, false, true),
        product("a bᵀ, enough for a library", 515, 257, 1021, false, true, false));
  }

  private static View weights(Trial trial, Size size) {
    return trial.scaled(1 / Math.sqrt(size.k), size.n, size.k);
  }

  private static Case forward(
      String name, Size size, Activation activation, Parts parts, boolean keepU) {
    return new Case(
        "linearForward",
        name,
        trial -> {
          View modulation =
              parts == Parts.ONE_MODULATION
                  ? trial.normal(1, size.n)
                  : parts == Parts.ALL ? trial.normal(size.b, size.n) : null;
          Epilogue epilogue =
              new Epilogue(
                  parts.has(Parts.BIAS) ? trial.normal(size.n) : null,
                  modulation,
                  parts.has(Parts.GAIN) ? trial.normal(size.n) : null,
                  parts.has(Parts.RESIDUAL) ? trial.normal(size.b, size.n) : null,
                  activation);
          Bound bound = trial.product(size.k);
          trial.stream()
              .linearForward(
                  trial.output("y", bound, size.b, size.n),
                  keepU ? trial.output("u", bound, size.b, size.n) : null,
                  trial.normal(size.b, size.k),
                  weights(trial, size),
                  epilogue);
        });
  }

  private static Case backward(
      String name, Size size, Activation activation, Parts parts, boolean withDx, boolean add) {
    return new Case(
        "linearBackward",
        name,
        trial -> {
          View dx =
              !withDx
                  ? null
                  : add
                      ? trial.state("dx", trial.product(size.n), size.b, size.k)
                      : trial.output("dx", trial.product(size.n), size.b, size.k);
          View dw =
              add
                  ? trial.state("dw", trial.product(size.b), size.n, size.k)
                  : trial.output("dw", trial.product(size.b), size.n, size.k);
          View dbias =
              parts.has(Parts.BIAS) ? trial.output("dbias", trial.product(size.b), size.n) : null;
          trial.stream()
              .linearBackward(
                  dx,
                  dw,
                  dbias,
                  trial.output("du", Bound.rounding(1), size.b, size.n),
                  trial.normal(size.b, size.n),
                  activation == SILU ? trial.normal(size.b, size.n) : null,
                  trial.normal(size.b, size.k),
                  weights(trial, size),
                  parts.has(Parts.GAIN) ? trial.normal(size.n) : null,
                  activation,
                  add,
                  add);
        });
  }

  private static Case duInPlace() {
    Size size = new Size(31, 50, 40);
    return new Case(
        "linearBackward",
        "du in the place of dy",
        trial -> {
          View dy = trial.state("du", Bound.rounding(1), size.b, size.n);
          trial.stream()
              .linearBackward(
                  null,
                  trial.output("dw", trial.product(size.b), size.n, size.k),
                  null,
                  dy,
                  dy,
                  null,
                  trial.normal(size.b, size.k),
                  weights(trial, size),
                  null,
                  IDENTITY,
                  false,
                  false);
        });
  }

  private static Case product(
      String name, long m, long n, long k, boolean transposeA, boolean transposeB, boolean add) {
    return new Case(
        "matmul",
        name,
        trial -> {
          View a = transposeA ? trial.normal(k, m) : trial.normal(m, k);
          View b = transposeB ? trial.normal(n, k) : trial.normal(k, n);
          View c =
              add
                  ? trial.state("c", trial.product(k), m, n)
                  : trial.output("c", trial.product(k), m, n);
          trial.stream().matmul(c, a, transposeA, b, transposeB, add);
        });
  }
}
