package dev.sild.cli;

import dev.sild.Purpose;
import dev.sild.UserException;
import dev.sild.baseline.Pca;
import dev.sild.bindings.Device;
import dev.sild.data.Digits;
import dev.sild.data.LabelledImages;
import dev.sild.data.Vectors;
import dev.sild.theory.Target;
import dev.sild.theory.regimes.ClassPosterior;
import dev.sild.theory.regimes.CloneExperiment;
import dev.sild.theory.regimes.CloneExperiment.Clones;
import dev.sild.theory.regimes.FeatureMap;
import dev.sild.theory.regimes.HiddenManifold;
import dev.sild.theory.regimes.Nonlinearity;
import dev.sild.theory.regimes.SpeciationTime;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code theory speciation-time}: when the reverse process chooses a class. */
@Command(
    name = "speciation-time",
    description =
        "Speciation: the time t_S = log(2 lambda_max)/2 at which the reverse process chooses a"
            + " class, beside the share of pairs of clones from one x_t that have one class: on"
            + " mixtures of two Gaussians, on phi(F z) with z of such a mixture, and on digits.")
final class SpeciationTimeCommand implements Callable<Integer> {
  private static final double[] TIMES = {
    0.2, 0.4, 0.6, 0.75, 0.9, 1, 1.1, 1.25, 1.5, 1.8
  }; // of t_S
  private static final int MIXTURE_PAIRS = 2048;
  private static final int STEPS = 48;
  private static final int QUERIES = 1024;
  private static final int DIGITS = 4; // every fourth: 112 of each

  @Mixin Experiment experiment;

  @Option(
      names = "--dimensions",
      paramLabel = "D",
      split = ",",
      defaultValue = "16,64,256",
      description = "of mixtures N(+-mu, I) with |mu|^2 = d (default: ${DEFAULT-VALUE})")
  List<Integer> dimensions;

  @Option(
      names = "--activation",
      paramLabel = "F",
      split = ",",
      defaultValue = "linear,tanh,sign",
      description = "phi: some of linear, tanh, erf, sign, relu (default: ${DEFAULT-VALUE})")
  List<String> activations;

  @Option(
      names = "--map",
      paramLabel = "M",
      defaultValue = "gaussian-p",
      description = "F: isometric, gaussian-d or gaussian-p (default: ${DEFAULT-VALUE})")
  String map;

  @Option(
      names = "--beta",
      paramLabel = "B",
      defaultValue = "0.5",
      description = "p / d (default: ${DEFAULT-VALUE})")
  double beta;

  @Option(
      names = "--dimension",
      paramLabel = "D",
      defaultValue = "128",
      description = "d of phi(F z) (default: ${DEFAULT-VALUE})")
  int dimension;

  @Option(
      names = "--points",
      paramLabel = "N",
      defaultValue = "1024",
      description = "samples of phi(F z), whose exact denoiser is used (default: ${DEFAULT-VALUE})")
  int points;

  @Option(
      names = "--separation",
      paramLabel = "X",
      defaultValue = "0.5",
      description = "|mu|/sqrt(p) of the two clusters of z (default: ${DEFAULT-VALUE})")
  double separation;

  @Option(
      names = "--pairs",
      paramLabel = "N",
      defaultValue = "256",
      description =
          "of clones at each time, on phi(F z) and digits (default: ${DEFAULT-VALUE}); mixtures"
              + " have 2048")
  int pairs;

  /**
   * One law.
   *
   * @param lambda the largest eigenvalue of its covariance
   * @param closed t_S by the closed form of λ, NaN for none
   * @param published t_S as the paper prints it, NaN for what is no φ(F z)
   * @param posterior E Σ_c P(c | x_t)² at each time of the clones
   * @param chance the same at t = ∞
   * @param starts x_0 of each pair
   */
  record Speciation(
      String law,
      int dimension,
      double lambda,
      double closed,
      double published,
      int pairs,
      List<Clones> clones,
      double[] posterior,
      double chance,
      float[] starts) {
    double theory() {
      return SpeciationTime.of(lambda);
    }
  }

  @Override
  public Integer call() throws IOException {
    FeatureMap features = FeatureMap.of(map);
    List<Nonlinearity> chosen = activations.stream().map(Nonlinearity::of).toList();
    check();
    List<Speciation> laws = new ArrayList<>();
    try (Device device = experiment.openDevice()) {
      for (int d : dimensions) laws.add(mixture(device, d));
      for (Nonlinearity phi : chosen) laws.add(manifold(device, phi, features));
      LabelledImages digits = Digits.training().split(DIGITS).heldOut();
      Speciation found = digits(device, digits);
      experiment.report(
          new SpeciationTimeReport(laws, found, digits).findings(), device.description());
    }
    return 0;
  }

  private void check() {
    for (int d : dimensions)
      if (d < 1 || d > 65_536)
        throw new UserException("--dimensions %d: from 1 to 65536".formatted(d));
    if (dimension < 2 || dimension > 65_536)
      throw new UserException("--dimension %d: from 2 to 65536".formatted(dimension));
    if (!(beta > 0 && Math.round(beta * dimension) >= 1 && beta <= 100))
      throw new UserException("--beta %s: at least one dimension, up to 100 d".formatted(beta));
    if (map.equals("isometric") && beta > 1)
      throw new UserException("--beta %s: an isometric map needs p <= d".formatted(beta));
    if (points < 16) throw new UserException("--points %d: 16 at least".formatted(points));
    if (!(separation > 0 && separation < 100))
      throw new UserException("--separation %s: above 0, below 100".formatted(separation));
    if (pairs < 8) throw new UserException("--pairs %d: 8 at least".formatted(pairs));
  }

  private Speciation mixture(Device device, int d) {
    float[] centres = new float[2 * d];
    for (int j = 0; j < d; j++) {
      centres[j] = 1;
      centres[d + j] = -1;
    }
    String name = "mixture N(±μ, I), ‖μ‖² = d";
    Target law = new Target(name, d, centres, new double[] {0.5, 0.5}, 1);
    double lambda = d + 1.0;
    int[] labels = {0, 1};
    Turns turns = clones(device, law, labels, MIXTURE_PAIRS, SpeciationTime.of(lambda));
    DoubleUnaryOperator theory = t -> SpeciationTime.sameClass(d / Math.exp(2 * t));
    return new Speciation(
        name,
        d,
        lambda,
        SpeciationTime.of(lambda),
        Double.NaN,
        MIXTURE_PAIRS,
        turns.clones,
        turns.clones.stream().mapToDouble(c -> theory.applyAsDouble(c.t())).toArray(),
        0.5,
        turns.starts);
  }

  private Speciation manifold(Device device, Nonlinearity phi, FeatureMap features) {
    int p = (int) Math.round(beta * dimension);
    HiddenManifold law =
        new HiddenManifold(phi, features, p, dimension, separation, experiment.seed());
    Vectors rows = new Vectors(law.rows(Purpose.TRAINING_SAMPLES, points), points, dimension);
    int[] labels = IntStream.range(0, points).map(HiddenManifold::label).toArray();
    double closed =
        SpeciationTime.of(SpeciationTime.eigenvalue(phi, features, beta, dimension, separation));
    double published = SpeciationTime.published(phi, beta, dimension, separation);
    return labelled(device, law.toString(), rows, labels, closed, published);
  }

  private Speciation digits(Device device, LabelledImages digits) {
    Vectors rows = new Vectors(digits.normalised(), digits.count(), digits.size());
    int[] labels = IntStream.range(0, digits.count()).map(i -> digits.labels()[i]).toArray();
    return labelled(device, "digits", rows, labels, Double.NaN, Double.NaN);
  }

  private Speciation labelled(
      Device device, String name, Vectors rows, int[] labels, double closed, double published) {
    int d = rows.dimension();
    double lambda = Pca.fit(device, rows.data(), rows.count(), d, 1).eigenvalues()[0];
    Turns turns = clones(device, Target.rows(name, rows), labels, pairs, SpeciationTime.of(lambda));
    int classes = IntStream.of(labels).max().orElseThrow() + 1;
    try (ClassPosterior posterior =
        new ClassPosterior(device, rows, labels, QUERIES, experiment.seed())) {
      double[] same = turns.clones.stream().mapToDouble(c -> posterior.sameClass(c.t())).toArray();
      return new Speciation(
          name,
          d,
          lambda,
          closed,
          published,
          pairs,
          turns.clones,
          same,
          1.0 / classes,
          turns.starts);
    }
  }

  private record Turns(List<Clones> clones, float[] starts) {}

  private Turns clones(Device device, Target law, int[] labels, int pairs, double theory) {
    List<Clones> clones = new ArrayList<>();
    try (CloneExperiment turns =
        new CloneExperiment(device, law, labels, pairs, STEPS, experiment.seed())) {
      for (int i = 0; i < TIMES.length; i++) clones.add(turns.turn(TIMES[i] * theory, i));
      return new Turns(clones, turns.starts());
    }
  }
}
