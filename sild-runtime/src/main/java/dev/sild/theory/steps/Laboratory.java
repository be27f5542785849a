package dev.sild.theory.steps;

import dev.sild.sampling.Sampler;
import dev.sild.sampling.Schedule;
import java.util.Map;

/** Samplers and schedules on one denoiser: its error curve, and what its samples show. */
public interface Laboratory extends AutoCloseable {

  /** What is denoised, for people. */
  String name();

  /** d, coordinates of the state. */
  int dimension();

  /** E‖x_0‖². */
  double secondMoment();

  /**
   * m(γ) over levels uniform in log σ, each from so many samples and noises of its own, so that the
   * errors of the levels are independent.
   *
   * @param part curves of parts 0 and 1 are independent, too: from other samples
   */
  DenoisingCurve curve(double sigmaMax, double sigmaMin, int levels, int samples, int part);

  /**
   * What samples are like.
   *
   * @param figures by the names that they have in {@code metrics.json}; null where undefined;
   *     {@code X_se} is the standard error of {@code X}
   * @param samplesPerSecond of drawing
   */
  record Quality(Map<String, Double> figures, double samplesPerSecond) {}

  /** The name of the figure to choose by, smaller being better; null where there is none. */
  String headline();

  /** That figure of data themselves: less than that tells nothing. NaN where nothing tells. */
  double floor();

  /** Draws by a sampler, the last evaluation at σ_min included, and measures. */
  Quality measure(Sampler sampler, Schedule schedule);

  @Override
  void close();
}
