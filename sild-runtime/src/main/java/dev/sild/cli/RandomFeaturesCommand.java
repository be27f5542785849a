package dev.sild.cli;

import dev.sild.UserException;
import dev.sild.bindings.Device;
import dev.sild.bindings.RandomFeature;
import dev.sild.sild.ConfigFile;
import dev.sild.sild.RunConfig;
import dev.sild.theory.features.EncoderStudy;
import dev.sild.theory.features.FeatureStudy;
import dev.sild.theory.features.ProductLaw;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code theory random-features}: what a regression of the latent score costs, and in what. */
@Command(
    name = "random-features",
    description =
        "Ridge regression of the latent score on random features: excess risk against samples,"
            + " features, intrinsic dimension k, and, with a learned encoder, ambient dimension d."
            + " The latents are k independent coordinates, each a mixture of two Gaussians.")
final class RandomFeaturesCommand implements Callable<Integer> {
  private static final int MOST_FEATURES = 4096;

  @Mixin Experiment experiment;

  @Option(
      names = "--intrinsic",
      paramLabel = "K",
      split = ",",
      defaultValue = "1,2,3,4,6,8",
      description = "intrinsic dimensions (default: ${DEFAULT-VALUE})")
  List<Integer> intrinsic;

  @Option(
      names = "--counts",
      paramLabel = "N",
      split = ",",
      defaultValue = "512,1024,2048,4096,8192,16384",
      description = "numbers of training samples n, rising (default: ${DEFAULT-VALUE})")
  List<Integer> counts;

  @Option(
      names = "--features",
      paramLabel = "N",
      split = ",",
      defaultValue = "8,16,32,64,128,256",
      description = "numbers of random features, rising (default: ${DEFAULT-VALUE})")
  List<Integer> features;

  @Option(
      names = "--kind",
      paramLabel = "PHI",
      defaultValue = "cosine",
      description =
          "cosine has a random phase; tanh, relu and silu have no bias: tanh makes odd functions"
              + " alone, relu and silu beside even ones only linear (default: ${DEFAULT-VALUE})")
  RandomFeature kind;

  @Option(
      names = "--width",
      paramLabel = "X",
      defaultValue = "1",
      description =
          "of the features' kernel, as part of the root mean square of a point's norm"
              + " (default: ${DEFAULT-VALUE})")
  double width;

  @Option(
      names = "--sigma",
      paramLabel = "X",
      split = ",",
      defaultValue = "0.5",
      description = "noise levels; latents have variance 1 (default: ${DEFAULT-VALUE})")
  List<Double> sigmas;

  @Option(
      names = "--variance",
      paramLabel = "V",
      defaultValue = "0.25",
      description = "of each of the two modes of a coordinate (default: ${DEFAULT-VALUE})")
  double variance;

  @Option(
      names = "--ridge",
      paramLabel = "C",
      defaultValue = "0",
      description = "the ridge is C/√n; 0 chooses it on held-out samples (default: 0)")
  double ridge;

  @Option(
      names = "--held-out",
      paramLabel = "N",
      defaultValue = "4096",
      description =
          "samples behind each risk, and as many others to choose the ridge on"
              + " (default: ${DEFAULT-VALUE})")
  int heldOut;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      defaultValue = "3",
      description = "seeds behind every figure, from --seed on (default: ${DEFAULT-VALUE})")
  int seeds;

  @Option(
      names = "--ambient",
      paramLabel = "D",
      split = ",",
      defaultValue = "4,16,64,256",
      description = "dimensions d of the data that an encoder learns (default: ${DEFAULT-VALUE})")
  List<Integer> ambient;

  @Option(
      names = "--encoder-latent",
      paramLabel = "K",
      defaultValue = "2",
      description = "intrinsic dimension of those data (default: ${DEFAULT-VALUE})")
  int encoderLatent;

  @Option(
      names = "--encoder-width",
      paramLabel = "N",
      defaultValue = "64",
      description = "of the encoder's layers (default: ${DEFAULT-VALUE})")
  int encoderWidth;

  @Option(
      names = "--encoder-steps",
      paramLabel = "N",
      defaultValue = "400",
      description = "of 256 samples in the encoder's training (default: ${DEFAULT-VALUE})")
  int encoderSteps;

  @Option(
      names = "--bank",
      paramLabel = "N",
      defaultValue = "4096",
      description =
          "samples in each of the two sets that stand for the law of learned latents"
              + " (default: ${DEFAULT-VALUE})")
  int bank;

  @Override
  public Integer call() throws IOException {
    check();
    FeatureStudy study = new FeatureStudy(kind, width, variance, counts, features, ridge, heldOut);
    List<FeatureStudy.Cell> cells = new ArrayList<>();
    List<EncoderStudy.Found> learned = new ArrayList<>();
    EncoderStudy encoder = new EncoderStudy(study, config(), bank);
    int first = experiment.seed();
    try (Device device = experiment.openDevice()) {
      for (int seed = first; seed < first + seeds; seed++) {
        for (double sigma : sigmas)
          for (int k : intrinsic) cells.addAll(study.grid(device, k, sigma, seed));
        for (int d : ambient) learned.add(encoder.measure(device, d, sigmas.getFirst(), seed));
      }
      var report =
          new RandomFeaturesReport(study, cells, learned, sigmas, intrinsic, encoderLatent);
      experiment.report(report.findings(), device.description());
    }
    return 0;
  }

  private RunConfig config() {
    return ConfigFile.of(
        "manifold",
        Map.of(
            "autoencoder.latent", String.valueOf(encoderLatent),
            "autoencoder.width", String.valueOf(encoderWidth),
            "collapse.steps", String.valueOf(encoderSteps),
            "collapse.warmup", String.valueOf(Math.min(50, encoderSteps / 4)),
            "refine.steps", "1", // the regression takes the place of stage 2
            "refine.warmup", "0"));
  }

  private void check() {
    rising("--counts", counts, 2, 1 << 22);
    rising("--features", features, 1, MOST_FEATURES);
    rising("--intrinsic", intrinsic, 1, MOST_FEATURES);
    rising("--ambient", ambient, encoderLatent, 1 << 16);
    if (seeds < 1 || seeds > 100)
      throw new UserException("--seeds %d: from 1 to 100".formatted(seeds));
    for (double sigma : sigmas) positive("--sigma", sigma);
    positive("--width", width);
    new ProductLaw(intrinsic.getLast(), variance); // checks both
    if (!(ridge >= 0) || Double.isInfinite(ridge))
      throw new UserException("--ridge %s: 0 or above".formatted(ridge));
    if (bank < 2 || heldOut < 2)
      throw new UserException("--bank %d, --held-out %d: two at least".formatted(bank, heldOut));
  }

  static void positive(String option, double value) {
    if (!(value > 0) || Double.isInfinite(value))
      throw new UserException("%s %s: a finite number above 0".formatted(option, value));
  }

  static void rising(String option, List<Integer> values, int least, int most) {
    for (int i = 0; i < values.size(); i++)
      if (values.get(i) < least
          || values.get(i) > most
          || i > 0 && values.get(i) <= values.get(i - 1))
        throw new UserException(
            "%s %s: rising, from %d to %d"
                .formatted(
                    option,
                    String.join(",", values.stream().map(String::valueOf).toList()),
                    least,
                    most));
  }
}
