package dev.sild.theory.regimes;

import dev.sild.UserException;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Collectors;
import org.apache.commons.math3.special.Erf;

/** φ of a hidden manifold x = φ(F z). */
public enum Nonlinearity {
  LINEAR(u -> u, true),
  TANH(Math::tanh, true),
  /** erf(u/√2). */
  ERF(u -> Erf.erf(u / Math.sqrt(2)), true),
  SIGN(u -> u < 0 ? -1 : 1, true, 0),
  RELU(u -> Math.max(u, 0), false, 0);

  private static final int ORDER = 40;

  private final DoubleUnaryOperator phi;
  private final boolean odd;
  private final double[] breaks;

  Nonlinearity(DoubleUnaryOperator phi, boolean odd, double... breaks) {
    this.phi = phi;
    this.odd = odd;
    this.breaks = breaks;
  }

  /** The one of a name in small letters. */
  public static Nonlinearity of(String name) {
    for (Nonlinearity each : values()) if (each.label().equals(name)) return each;
    throw new UserException(
        "no activation %s: choose of %s"
            .formatted(
                name,
                Arrays.stream(values())
                    .map(Nonlinearity::label)
                    .collect(Collectors.joining(", "))));
  }

  /** Its name in small letters. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** φ(u). */
  public double apply(double u) {
    return phi.applyAsDouble(u);
  }

  /** Whether φ(−u) = −φ(u), but for a null set. */
  boolean odd() {
    return odd;
  }

  /** Where φ has a kink or a jump. */
  double[] breaks() {
    return breaks.clone();
  }

  /** Whether φ has values that it takes on an interval, and none else: its law is discrete. */
  boolean discrete() {
    return this == SIGN;
  }

  /**
   * The first Hermite coefficients of u ↦ φ(gain · u) (Goldt et al. 2020), g standard normal.
   *
   * @param mean ϱ_0 = E φ
   * @param slope ϱ_1 = E g φ
   * @param rest ϱ_*² = E φ² − ϱ_0² − ϱ_1²
   */
  public record Coefficients(double mean, double slope, double rest) {}

  /** Of φ(gain · g). */
  public Coefficients coefficients(double gain) {
    NormalRule rule = NormalRule.of(ORDER, 3, Arrays.stream(breaks).map(b -> b / gain).toArray());
    double mean = rule.mean(g -> apply(gain * g));
    double slope = rule.mean(g -> g * apply(gain * g));
    double square = rule.mean(g -> apply(gain * g) * apply(gain * g));
    return new Coefficients(mean, slope, square - mean * mean - slope * slope);
  }
}
