package dev.sild.cli;

import dev.sild.UserException;
import dev.sild.bindings.Device;
import dev.sild.bindings.RandomFeature;
import dev.sild.theory.features.PhaseLaboratory;
import dev.sild.theory.features.PhaseStudy;
import dev.sild.theory.features.ProductLaw;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code theory sampling}: what each phase of a sampler adds to its error. */
@Command(
    name = "sampling",
    description =
        "The sampler in three phases, on x = U z in R^d with z in R^k: a head fitted in R^d from"
            + " sigma_max to sigma_1, random features in the latents from there to sigma_2, then"
            + " the collapse onto the manifold; and what each adds to the error. The first value of"
            + " a list holds while another list is gone through.")
final class PhasesCommand implements Callable<Integer> {
  @Mixin Experiment experiment;

  @Option(
      names = "--intrinsic",
      paramLabel = "K",
      split = ",",
      defaultValue = "4,2,8",
      description = "intrinsic dimensions (default: ${DEFAULT-VALUE})")
  List<Integer> intrinsic;

  @Option(
      names = "--ambient",
      paramLabel = "D",
      split = ",",
      defaultValue = "32,16,64",
      description = "dimensions of the data, above those (default: ${DEFAULT-VALUE})")
  List<Integer> ambient;

  @Option(
      names = "--sigma1",
      paramLabel = "X",
      split = ",",
      defaultValue = "4,2,3,6,8,12",
      description = "levels of the switch to the latents (default: ${DEFAULT-VALUE})")
  List<Double> high;

  @Option(
      names = "--sigma2",
      paramLabel = "X",
      split = ",",
      defaultValue = "0.1,0.05,0.2,0.4",
      description = "levels of the collapse (default: ${DEFAULT-VALUE})")
  List<Double> low;

  @Option(
      names = "--head",
      paramLabel = "PHI",
      split = ",",
      defaultValue = "cosine,linear",
      description =
          "of the high-noise head: linear, cosine, tanh, relu or silu; those after the first go"
              + " through sigma1 alone (default: ${DEFAULT-VALUE})")
  List<String> heads;

  @Option(
      names = "--kind",
      paramLabel = "PHI",
      defaultValue = "cosine",
      description =
          "of the features in the latents: cosine has a random phase; tanh, relu and silu have no"
              + " bias (default: ${DEFAULT-VALUE})")
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
      names = "--variance",
      paramLabel = "V",
      defaultValue = "0.25",
      description = "of each of the two modes of a coordinate (default: ${DEFAULT-VALUE})")
  double variance;

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "4096",
      description = "training samples (default: ${DEFAULT-VALUE})")
  int count;

  @Option(
      names = "--features",
      paramLabel = "N",
      defaultValue = "128",
      description = "random features (default: ${DEFAULT-VALUE})")
  int features;

  @Option(
      names = "--ridge",
      paramLabel = "C",
      defaultValue = "0",
      description = "the ridge is C/√n; 0 chooses it on held-out samples (default: 0)")
  double ridge;

  @Option(names = "--sigma-max", paramLabel = "X", defaultValue = "80", description = "default: 80")
  double sigmaMax;

  @Option(
      names = "--sigma-min",
      paramLabel = "X",
      defaultValue = "0.02",
      description = "where exact denoising ends (default: 0.02)")
  double sigmaMin;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "40",
      description = "from sigma_max to sigma_min, uniform in ln sigma (default: 40)")
  int steps;

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "2048",
      description = "behind each distance and each risk (default: ${DEFAULT-VALUE})")
  int draws;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      defaultValue = "3",
      description = "seeds behind every figure, from --seed on (default: ${DEFAULT-VALUE})")
  int seeds;

  @Override
  public Integer call() throws IOException {
    check();
    List<PhasesReport.Row> found = new ArrayList<>();
    int first = experiment.seed();
    try (Device device = experiment.openDevice()) {
      for (int seed = first; seed < first + seeds; seed++)
        for (String head : heads.stream().distinct().toList())
          for (List<Integer> sizes : sizes(head)) measure(found, device, head, sizes, seed);
      PhaseStudy study = study(heads.getFirst());
      var base =
          new PhasesReport.Base(
              intrinsic.getFirst(),
              ambient.getFirst(),
              study.level(high.getFirst()),
              study.level(low.getFirst()));
      var report = new PhasesReport(found, base, heads.stream().distinct().toList());
      experiment.report(report.findings(), device.description());
    }
    return 0;
  }

  private void measure(
      List<PhasesReport.Row> found, Device device, String head, List<Integer> sizes, int seed) {
    int k = sizes.getFirst();
    int d = sizes.getLast();
    try (var laboratory = new PhaseLaboratory(device, study(head), k, d, seed)) {
      for (List<Double> levels : levels(head, sizes))
        found.add(
            new PhasesReport.Row(head, laboratory.measure(levels.getFirst(), levels.getLast())));
    }
  }

  /** (k, d): each list gone through, the other at its first value. */
  private List<List<Integer>> sizes(String head) {
    var all = new LinkedHashSet<List<Integer>>();
    all.add(List.of(intrinsic.getFirst(), ambient.getFirst()));
    if (!head.equals(heads.getFirst())) return List.copyOf(all);
    for (int k : intrinsic) all.add(List.of(k, ambient.getFirst()));
    for (int d : ambient) all.add(List.of(intrinsic.getFirst(), d));
    return List.copyOf(all);
  }

  /** (σ_1, σ_2): all of them at the first sizes alone. */
  private List<List<Double>> levels(String head, List<Integer> sizes) {
    var all = new LinkedHashSet<List<Double>>();
    all.add(List.of(high.getFirst(), low.getFirst()));
    if (!sizes.equals(List.of(intrinsic.getFirst(), ambient.getFirst()))) return List.copyOf(all);
    for (double sigma : high) all.add(List.of(sigma, low.getFirst()));
    if (head.equals(heads.getFirst()))
      for (double sigma : low) all.add(List.of(high.getFirst(), sigma));
    return List.copyOf(all);
  }

  private void check() {
    if (!(sigmaMin > 0 && sigmaMax > sigmaMin))
      throw new UserException(
          "--sigma-max %s must be above --sigma-min %s, both above 0"
              .formatted(sigmaMax, sigmaMin));
    if (steps < 3 || steps > 10_000)
      throw new UserException("--steps %d: from 3 to 10000".formatted(steps));
    if (draws < 2 || count < 2 || features < 1)
      throw new UserException("--samples and --count: two at least; --features: one at least");
    if (seeds < 1 || seeds > 100)
      throw new UserException("--seeds %d: from 1 to 100".formatted(seeds));
    RandomFeaturesCommand.positive("--width", width);
    new ProductLaw(intrinsic.getLast(), variance); // checks both
    if (!(ridge >= 0) || Double.isInfinite(ridge))
      throw new UserException("--ridge %s: 0 or above".formatted(ridge));
    for (int k : intrinsic)
      for (int d : ambient)
        if (k < 1 || d <= k)
          throw new UserException(
              "--ambient %d: above --intrinsic %d, that at least 1".formatted(d, k));
    heads.forEach(PhasesCommand::kind);
    PhaseStudy study = study(heads.getFirst());
    distinct(study, "--sigma1", high);
    distinct(study, "--sigma2", low);
    for (double above : high)
      for (double below : low)
        if (study.index(above) >= study.index(below))
          throw new UserException(
              "--sigma1 %s must lie above --sigma2 %s by a step".formatted(above, below));
  }

  private static void distinct(PhaseStudy study, String option, List<Double> sigmas) {
    if (sigmas.stream().map(study::index).distinct().count() < sigmas.size())
      throw new UserException(
          "%s: two of them are nearest to the same level; take more --steps".formatted(option));
  }

  private PhaseStudy study(String head) {
    return new PhaseStudy(
        kind(head),
        kind,
        width,
        variance,
        count,
        features,
        ridge,
        sigmaMax,
        sigmaMin,
        steps,
        draws);
  }

  private static RandomFeature kind(String head) {
    if (head.equals("linear")) return null;
    try {
      return RandomFeature.valueOf(head.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new UserException(
          "--head %s: one of linear, cosine, tanh, relu, silu".formatted(head), e);
    }
  }
}
