package dev.sild.theory.diagnosis;

import dev.sild.evaluation.ErrorCurve;
import dev.sild.evaluation.JacobianSpectrum;
import dev.sild.evaluation.NeighbourDimension;
import dev.sild.theory.steps.ConstantRate;
import dev.sild.theory.steps.DenoisingCurve;
import dev.sild.theory.steps.OptimalSchedule;
import dev.sild.theory.steps.PathKl;
import dev.sild.theory.steps.StepsNeeded;
import java.util.Map;

/**
 * What the theories say of data, or of a model of them. σ and OU time t = ½ ln(1 + σ²) are in the
 * units that the denoiser sees, in which the data have variance 1 a coordinate.
 *
 * @param subject for people
 * @param discrete whether the data are points, such as molecules: their intrinsic dimension is 0
 * @param dimension d of the space that is denoised in
 * @param logSamples ln of the number of training samples; infinite where they are drawn afresh
 * @param collapse m(σ) in data space, behind the intrinsic dimension
 * @param neighbours of training data
 * @param jacobian of the denoiser in data space
 * @param jacobianSigma where
 * @param spectrum eigenvalues of the covariance of the data, as the denoiser sees them, descending
 * @param chosen m(γ) that the schedule is chosen by
 * @param judged m(γ) of other samples, behind all other figures
 * @param secondMoment E‖x_0‖² as the denoiser sees the data
 * @param memorisation what {@code evaluate} calls so; empty where nothing is drawn
 */
public record Diagnosis(
    String subject,
    boolean discrete,
    int dimension,
    double logSamples,
    ErrorCurve collapse,
    NeighbourDimension neighbours,
    JacobianSpectrum jacobian,
    double jacobianSigma,
    double[] spectrum,
    DenoisingCurve chosen,
    DenoisingCurve judged,
    double secondMoment,
    Map<String, Double> memorisation) {
  private static final int MOST_STEPS = 256;

  /** σ of OU time t. */
  public static double sigma(double t) {
    return Math.sqrt(Math.expm1(2 * t));
  }

  /** OU time of σ. */
  public static double time(double sigma) {
    return 0.5 * Math.log1p(sigma * sigma);
  }

  /** The plateau of m/σ², or null where there is none, or no dimension to read off it. */
  public ErrorCurve.Plateau plateau() {
    if (discrete) return null;
    ErrorCurve.Plateau found = collapse.plateau();
    return found.flat() ? found : null;
  }

  /**
   * From the denoising error; where it has no plateau, from the neighbours, which may be NaN. Of
   * what is discrete 0.
   */
  public double intrinsicDimension() {
    if (discrete) return 0;
    ErrorCurve.Plateau plateau = plateau();
    return plateau == null ? neighbours.value() : plateau.dimension();
  }

  /** ½ ∫_0^{γ_max} m dγ, nats, γ_max the end of the curve. */
  public double information() {
    return judged.informationAt(judged.gamma()[judged.knots() - 1]);
  }

  /** Speciation: ½ ln(2 λ_max), not below 0 (Biroli et al. 2024). */
  public double speciationTime() {
    return Math.max(0, 0.5 * Math.log(2 * spectrum[0]));
  }

  /** Collapse: ½ ∫_0^γ m dγ' = ln n. NaN where the curve does not hold so much. */
  public double collapseTime() {
    return Double.isInfinite(logSamples)
        ? Double.NaN
        : time(1 / Math.sqrt(judged.gammaOf(logSamples)));
  }

  /** ln of the samples that a perfect fit needs so as not to reproduce them at σ. */
  public double logSamplesNeeded(double sigma) {
    return judged.informationAt(1 / (sigma * sigma));
  }

  /** Ancestral steps that lose at most so many nats. */
  public int stepsNeeded(double nats) {
    PathKl kl = new PathKl(judged, dimension, secondMoment);
    OptimalSchedule optimal = new OptimalSchedule(chosen, Math.min(MOST_STEPS, chosen.knots() - 1));
    int found =
        StepsNeeded.of(kl, optimal::schedule, nats, Math.min(MOST_STEPS, chosen.knots() - 1));
    return found > 0 ? found : (int) Math.ceil(ConstantRate.stepsFor(nats, judged));
  }
}
