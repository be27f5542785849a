package dev.sild.theory.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sild.Purpose;
import dev.sild.bindings.Device;
import dev.sild.bindings.RandomFeature;
import dev.sild.bindings.Stream;
import dev.sild.data.Source;
import dev.sild.data.Vectors;
import dev.sild.sild.ConfigFile;
import dev.sild.theory.ExactDenoiser;
import dev.sild.theory.Target;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FeatureStudyTest {
  private static final int SEED = Integer.getInteger("sild.seed", 20261126);

  private static FeatureStudy study(List<Integer> counts, double ridge, int heldOut) {
    return new FeatureStudy(RandomFeature.COSINE, 1, 0.25, counts, List.of(8, 64), ridge, heldOut);
  }

  /** Theory promises −½; a parametric fit could reach −1. */
  @Test
  void moreSamplesMeanLessRisk() {
    System.out.println("seed " + SEED);
    List<Integer> counts = List.of(256, 512, 1024, 2048, 4096);
    List<double[]> logs = new ArrayList<>();
    try (Device device = Device.open("cpu")) {
      for (int seed = SEED; seed < SEED + 4; seed++)
        logs.add(
            study(counts, 0, 2048).grid(device, 2, 0.5, seed).stream()
                .filter(cell -> cell.features() == 64)
                .mapToDouble(cell -> Math.log(cell.risk().value()))
                .toArray());
    }
    double[] x = counts.stream().mapToDouble(Math::log).toArray();
    Exponent exponent = Exponent.linear(x, logs);
    System.out.println("exponent in n " + exponent);
    assertThat(exponent.value()).isBetween(-1.0, -0.25);
    assertThat(exponent.high()).isBetween(exponent.value(), -0.1);
    assertThat(exponent.low()).isLessThan(exponent.value());
  }

  /** A ridge that lets nothing be learned leaves the best linear denoiser. */
  @Test
  void withoutFeaturesTheRiskIsThatOfTheLinearDenoiser() {
    System.out.println("seed " + SEED);
    try (Device device = Device.open("cpu")) {
      for (FeatureStudy.Cell cell : study(List.of(64), 1e9, 8192).grid(device, 3, 0.5, SEED)) {
        double expected = new ProductLaw(3, 0.25).linearRisk(0.5);
        assertThat(cell.risk().value())
            .isCloseTo(expected, within(4 * cell.risk().standardError()));
      }
    }
  }

  /**
   * Two banks of samples: each errs as a posterior mean from samples does, together they do not.
   */
  @Test
  void twoBanksMakeAReferenceWithoutBias() {
    System.out.println("seed " + SEED);
    int k = 2;
    int points = 4096;
    int bank = 1024;
    ProductLaw law = new ProductLaw(k, 0.25);
    try (Device device = Device.open("cpu");
        Stream stream = device.openStream();
        ProductDenoiser exact = new ProductDenoiser(device, law);
        Source source = law.source(device, Purpose.HELD_OUT_SAMPLES.noise(SEED))) {
      var noise = Purpose.EVALUATION_NOISE.noise(SEED);
      float[] best = Probe.estimates(device, stream, exact, k, source, noise, 0.5, points);
      float[][] halves = new float[2][];
      for (int half = 0; half < 2; half++) {
        float[] rows =
            EncoderStudy.draw(
                law::sample, k, Purpose.CLASSIFIER_SAMPLES, SEED, (long) half * bank, bank);
        Target target = Target.rows("bank", new Vectors(rows, bank, k));
        try (ExactDenoiser posterior = new ExactDenoiser(device, target, Pairs.BATCH)) {
          halves[half] = Probe.estimates(device, stream, posterior, k, source, noise, 0.5, points);
        }
      }
      Risk alone = Risk.of(halves[0], best, points);
      Risk together = Risk.of(best, halves[0], halves[1], points);
      System.out.println("one bank " + alone + ", two " + together);
      assertThat(alone.value()).isGreaterThan(10 * alone.standardError());
      assertThat(Math.abs(together.value())) // two banks err at all points together: not by points
          .isLessThan(0.5 * alone.value());
    }
  }

  @Test
  void exactLatentsDoNotSeeTheDimensionAndALearnedEncoderIsMeasured() throws IOException {
    System.out.println("seed " + SEED);
    FeatureStudy study = study(List.of(2048), 0, 512);
    var config =
        ConfigFile.of(
            "manifold",
            Map.of(
                "autoencoder.latent", "2",
                "autoencoder.width", "16",
                "collapse.steps", "150",
                "collapse.warmup", "20",
                "refine.steps", "1",
                "refine.warmup", "0"));
    try (Device device = Device.open("cpu")) {
      double flat = study.grid(device, 2, 0.5, SEED).getLast().risk().value();
      var found = new EncoderStudy(study, config, 1024).measure(device, 9, 0.5, SEED);
      System.out.println(found);
      assertThat(found.exactLatents().value()).isCloseTo(flat, within(0.01 * flat));
      assertThat(found.reconstruction()).isBetween(0.0, 0.1); // of 2
      double linear = new ProductLaw(2, 0.25).linearRisk(0.5);
      for (Risk risk : List.of(found.latents(), found.decoded())) // it learns, in any coordinates
      assertThat(risk.value()).isBetween(0.0, linear);
    }
  }
}
