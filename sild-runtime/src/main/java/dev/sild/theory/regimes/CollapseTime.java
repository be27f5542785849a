package dev.sild.theory.regimes;

import java.util.OptionalDouble;
import java.util.function.DoubleUnaryOperator;
import org.apache.commons.math3.analysis.solvers.BrentSolver;

/**
 * t_C of n = e^{αd} samples of a hidden manifold x = φ(F z), z ~ N(0, I_p), p = βd: the time at
 * which I(x_0; x_t) = ln n, below which the denoiser of n samples sees one of them alone (George,
 * Veiga, Macris 2025; Biroli et al. 2024).
 */
public final class CollapseTime {
  private static final double LEAST_SIGMA = 1e-3;
  private static final double MOST_SIGMA = 1e4;

  private CollapseTime() {}

  /** σ of a time: σ² = e^{2t} − 1. */
  public static double sigma(double t) {
    return Math.sqrt(Math.expm1(2 * t));
  }

  /** The time of a σ. */
  public static double time(double sigma) {
    return 0.5 * Math.log1p(sigma * sigma);
  }

  /** I(x_0; x_t)/d at σ, nats. */
  public static double information(Nonlinearity phi, FeatureMap map, double beta, double sigma) {
    double snr = 1 / (sigma * sigma);
    if (phi == Nonlinearity.LINEAR)
      return switch (map) {
        case ISOMETRIC -> beta / 2 * Math.log1p(snr);
        case GAUSSIAN_D -> beta / 2 * MarchenkoPastur.logDeterminant(snr, beta);
        case GAUSSIAN_P -> beta / 2 * MarchenkoPastur.logDeterminant(snr / beta, beta);
      };
    if (map == FeatureMap.ISOMETRIC)
      throw new IllegalArgumentException("no formula for " + phi.label() + " of an isometry");
    return new ReplicaInformation(phi, map.gain(beta), beta).at(sigma);
  }

  /**
   * t_C; none where x has not e^{αd} values: the samples repeat themselves.
   *
   * @throws IllegalArgumentException for φ of an isometry, unless it is linear
   */
  public static OptionalDouble of(Nonlinearity phi, FeatureMap map, double alpha, double beta) {
    if (phi == Nonlinearity.LINEAR && map == FeatureMap.ISOMETRIC)
      return OptionalDouble.of(0.5 * Math.log1p(1 / Math.expm1(2 * alpha / beta)));
    return solve(sigma -> information(phi, map, beta, sigma), alpha);
  }

  /** The time at which an information that falls with σ is α. */
  static OptionalDouble solve(DoubleUnaryOperator information, double alpha) {
    double low = 1; // too much information
    double high = 1; // too little
    while (information.applyAsDouble(high) > alpha && high < MOST_SIGMA) high *= 2;
    while (information.applyAsDouble(low) <= alpha) {
      if (low < LEAST_SIGMA) return OptionalDouble.empty();
      low /= 2;
    }
    double logSigma =
        new BrentSolver(1e-7)
            .solve(
                100,
                x -> information.applyAsDouble(Math.exp(x)) - alpha,
                Math.log(low),
                Math.log(high));
    return OptionalDouble.of(time(Math.exp(logSigma)));
  }
}
