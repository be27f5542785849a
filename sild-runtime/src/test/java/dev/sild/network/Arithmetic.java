package dev.sild.network;

import java.util.ArrayList;
import java.util.List;

/**
 * Scalars that remember how they were made, so that a reference network needs a forward pass only.
 * The gradients found here are themselves confirmed by finite differences before anything is
 * compared with them.
 *
 * <p>In single precision every operation, forward and backward, is rounded to f32 in the plain
 * sequential order: that is the plain computation whose error sets the tolerance. Rounding the
 * double result of one +, −, ·, / or √ of two floats gives the f32 result.
 */
public final class Arithmetic {
  /** A number and its derivative. */
  public static final class Scalar {
    private final double value;
    private final Scalar left;
    private final Scalar right;
    private final double byLeft;
    private final double byRight;
    private double gradient;

    private Scalar(double value, Scalar left, double byLeft, Scalar right, double byRight) {
      this.value = value;
      this.left = left;
      this.right = right;
      this.byLeft = byLeft;
      this.byRight = byRight;
    }

    public double value() {
      return value;
    }

    public double gradient() {
      return gradient;
    }
  }

  private final boolean single;
  private final List<Scalar> made = new ArrayList<>();

  /**
   * @param single round to f32
   */
  public Arithmetic(boolean single) {
    this.single = single;
  }

  /** A variable, or a constant. */
  public Scalar of(double value) {
    return keep(value, null, 0, null, 0);
  }

  /** Variables. */
  public Scalar[] of(double... values) {
    Scalar[] all = new Scalar[values.length];
    for (int i = 0; i < values.length; i++) all[i] = of(values[i]);
    return all;
  }

  public Scalar plus(Scalar a, Scalar b) {
    return keep(a.value + b.value, a, 1, b, 1);
  }

  public Scalar minus(Scalar a, Scalar b) {
    return keep(a.value - b.value, a, 1, b, -1);
  }

  public Scalar times(Scalar a, Scalar b) {
    return keep(a.value * b.value, a, b.value, b, a.value);
  }

  public Scalar times(Scalar a, double factor) {
    return keep(a.value * round(factor), a, round(factor), null, 0);
  }

  /** u/(1 + e^{−u}), with derivative s (1 + u (1 − s)). */
  public Scalar silu(Scalar u) {
    double s = round(1 / round(1 + round(Math.exp(-u.value))));
    double slope = round(s * round(1 + round(u.value * round(1 - s))));
    return keep(u.value * s, u, slope, null, 0);
  }

  /** 1/√v, with derivative −½ v^{−3/2}. */
  public Scalar inverseRoot(Scalar v) {
    double r = round(1 / round(Math.sqrt(v.value)));
    return keep(r, v, round(-0.5 * round(r * round(r * r))), null, 0);
  }

  /** e^u. */
  public Scalar exp(Scalar u) {
    double e = round(Math.exp(u.value));
    return keep(e, u, e, null, 0);
  }

  /** 1/v, with derivative −1/v². */
  public Scalar inverse(Scalar v) {
    double r = round(1 / v.value);
    return keep(r, v, round(-r * r), null, 0);
  }

  /** Σ_i a_i b_i + c. */
  public Scalar dot(Scalar[] a, Scalar[] b, Scalar c) {
    Scalar sum = c;
    for (int i = 0; i < a.length; i++) {
      Scalar product = times(a[i], b[i]);
      sum = sum == null ? product : plus(sum, product);
    }
    return sum;
  }

  /** Derivatives of Σ_i weights_i outputs_i by everything. */
  public void differentiate(Scalar[] outputs, double[] weights) {
    for (int i = 0; i < outputs.length; i++) outputs[i].gradient += weights[i];
    for (Scalar s : made.reversed()) {
      if (s.left != null) s.left.gradient = chain(s.left.gradient, s.gradient, s.byLeft);
      if (s.right != null) s.right.gradient = chain(s.right.gradient, s.gradient, s.byRight);
    }
  }

  private double chain(double sum, double gradient, double by) {
    return round(sum + round(gradient * by));
  }

  private Scalar keep(double exact, Scalar left, double byLeft, Scalar right, double byRight) {
    Scalar scalar = new Scalar(round(exact), left, byLeft, right, byRight);
    made.add(scalar);
    return scalar;
  }

  private double round(double exact) {
    return single ? (float) exact : exact;
  }
}
