package dev.sild.bindings;

/**
 * The arithmetic in which a reference is evaluated: exact for our purposes, or as plain sequential
 * f32 code would. Rounding a double result of two floats once more to f32 gives the f32 result of
 * +, −, ·, / and √ (53 ≥ 2·24 + 2 bits), so one reference serves for both.
 */
enum Rounding {
  DOUBLE,
  SINGLE;

  /** The value of one operation. */
  double r(double exact) {
    return this == SINGLE ? (float) exact : exact;
  }

  /** 1/(1 + e^{−u}). */
  double sigmoid(double u) {
    return r(1 / r(1 + r(Math.exp(-u))));
  }
}
