package dev.sild.theory.diagnosis;

import dev.sild.Purpose;
import dev.sild.bindings.Device;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Stream;
import dev.sild.data.BankSource;
import dev.sild.data.DataSet;
import dev.sild.data.Source;
import dev.sild.data.Vectors;
import dev.sild.evaluation.ErrorCurve;
import dev.sild.evaluation.JacobianSpectrum;
import dev.sild.evaluation.LatentStatistics;
import dev.sild.evaluation.NeighbourDimension;
import dev.sild.evaluation.OnHost;
import dev.sild.theory.ExactDenoiser;
import dev.sild.theory.Target;
import dev.sild.theory.steps.DenoisingCurve;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;

/**
 * Data without a model: the exact denoiser of the training rows, on held-out rows. Its error is
 * above the best one's, so that it tells of more information than there is, and of a collapse that
 * comes at more noise; its curve ends there, for beyond the denoiser copies. Data are centred and
 * scaled, all coordinates alike, to variance 1.
 */
public final class DataDiagnosis {
  private static final int BATCH = 1024;
  private static final int LEVELS = 100;
  private static final int POINTS = 16;
  private static final double SIGMA_MAX = 20;
  private static final double SIGMA_MIN = 0.02;

  private final Device device;
  private final String name;
  private final Vectors trained;
  private final Vectors kept;
  private final int samples;
  private final int seed;

  /**
   * @param samples at each level of a curve
   */
  public DataDiagnosis(Device device, String name, DataSet.Table data, int samples, int seed) {
    this.device = device;
    this.name = name;
    this.samples = samples;
    this.seed = seed;
    trained = scaled(data.normalisation(), data.trained());
    kept = scaled(data.normalisation(), data.kept());
  }

  /** The network's units have variance ¼. */
  private static Vectors scaled(DataSet.Normalisation units, Vectors rows) {
    float[] scaled = units.apply(rows.data().clone());
    for (int i = 0; i < scaled.length; i++) scaled[i] *= 2;
    return new Vectors(scaled, rows.count(), rows.dimension());
  }

  /** Diagnoses. */
  public Diagnosis diagnose() {
    int n = trained.count();
    int d = trained.dimension();
    double[] plateau = ErrorCurve.levels(SIGMA_MIN, 1, 40);
    double[] all = ErrorCurve.levels(SIGMA_MIN, SIGMA_MAX, LEVELS);
    try (ExactDenoiser exact = new ExactDenoiser(device, Target.rows(name, trained), BATCH);
        Stream stream = device.openStream()) {
      ErrorCurve collapse =
          on(
              kept,
              rows ->
                  ErrorCurve.measure(device, stream, exact, rows, plateau, samples, BATCH, seed));
      DenoisingCurve[] halves = new DenoisingCurve[2];
      for (int i = 0; i < 2; i++) {
        int part = i;
        halves[i] =
            on(
                kept.select(row -> row % 2 == part),
                rows ->
                    DenoisingCurve.of(
                        ErrorCurve.independent(
                            device, stream, exact, rows, all, samples, BATCH, seed, part)));
      }
      double collapsed = halves[1].gammaOf(Math.log(n)); // beyond, a perfect fit copies
      if (Double.isFinite(collapsed))
        for (int i = 0; i < 2; i++) halves[i] = halves[i].upTo(collapsed);
      double sigma = collapse.plateau().sigma();
      return new Diagnosis(
          name,
          false,
          d,
          Math.log(n),
          collapse,
          NeighbourDimension.of(device, trained.data(), n, d, seed),
          jacobian(exact, stream, sigma),
          sigma,
          LatentStatistics.of(trained.data(), n, d).spectrum(),
          halves[0],
          halves[1],
          Target.rows(name, kept).secondMoment(),
          Map.of());
    }
  }

  private <T> T on(Vectors rows, Function<Source, T> use) {
    var units = DataSet.Normalisation.identity(rows.dimension());
    Noise noise = Purpose.HELD_OUT_SAMPLES.noise(seed);
    try (Source source =
        BankSource.vectors(device, rows, units.scale(), units.shift(), BATCH, noise)) {
      return use.apply(source);
    }
  }

  private JacobianSpectrum jacobian(ExactDenoiser exact, Stream stream, double sigma) {
    int d = kept.dimension();
    int n = Math.min(POINTS, kept.count());
    float[] points = Arrays.copyOf(kept.data(), n * d);
    try (OnHost denoiser = OnHost.of(device, stream, exact, sigma, d, BATCH)) {
      return JacobianSpectrum.symmetric(denoiser, points, n, d, 0.1 * sigma, seed);
    }
  }
}
