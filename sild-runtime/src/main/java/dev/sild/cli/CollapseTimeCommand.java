package dev.sild.cli;

import dev.sild.UserException;
import dev.sild.bindings.Device;
import dev.sild.theory.regimes.CollapseMeasurement;
import dev.sild.theory.regimes.CollapseTime;
import dev.sild.theory.regimes.FeatureMap;
import dev.sild.theory.regimes.FiniteSize;
import dev.sild.theory.regimes.HiddenManifold;
import dev.sild.theory.regimes.Nonlinearity;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code theory collapse-time}: when the denoiser of n samples sees one of them alone. */
@Command(
    name = "collapse-time",
    description =
        "Collapse (memorisation) of n = e^(alpha d) samples x = phi(F z), z normal in p = beta d"
            + " dimensions: the time t_C at which I(x_0; x_t) = log n, by closed forms and the"
            + " replica formula, beside what exact denoisers of n samples do.")
final class CollapseTimeCommand implements Callable<Integer> {
  private static final double[][] TABLE = {
    {0.1, 0.1},
    {0.1, 0.25},
    {0.1, 0.5},
    {0.25, 0.1},
    {0.25, 0.25},
    {0.25, 0.5},
    {0.5, 0.25},
    {0.5, 0.5},
    {1, 0.5},
    {1, 1}
  };
  private static final double ALPHA = 0.1;
  private static final double BETA = 0.25;
  private static final double MOST_ALPHA = 3;
  private static final double MOST_RATIO = 6; // of α/β: t_C is 3·10⁻⁶ there
  private static final int[] LOG_POINTS = {4, 6, 8};
  private static final int TIMES = 4; // n, in each half of the bank
  private static final int QUERIES = 128;

  @Mixin Experiment experiment;

  @Option(
      names = "--alpha",
      paramLabel = "A",
      split = ",",
      description = "log n / d (default: a table of ten pairs; with --beta alone 0.1)")
  List<Double> alphas;

  @Option(
      names = "--beta",
      paramLabel = "B",
      split = ",",
      description = "p / d (default: a table of ten pairs; with --alpha alone 0.25)")
  List<Double> betas;

  @Option(
      names = "--activation",
      paramLabel = "F",
      split = ",",
      defaultValue = "linear,tanh,erf,sign,relu",
      description = "phi: some of ${DEFAULT-VALUE}, which is the default")
  List<String> activations;

  @Option(
      names = "--map",
      paramLabel = "M",
      split = ",",
      defaultValue = "isometric,gaussian-d,gaussian-p",
      description =
          "F: isometric (linear only), gaussian-d with variance 1/d, gaussian-p with variance 1/p"
              + " (default: all)")
  List<String> maps;

  @Option(
      names = "--draws",
      paramLabel = "N",
      defaultValue = "4",
      description =
          "repetitions of the measurement, at alpha = 0.1 and beta = 0.25 or the first pair given;"
              + " 0 for none (default: ${DEFAULT-VALUE})")
  int draws;

  /** One pair, map and activation. */
  record Case(double alpha, double beta, FeatureMap map, Nonlinearity phi) {
    OptionalDouble time() {
      return CollapseTime.of(phi, map, alpha, beta);
    }
  }

  /** What was measured of a case: t_C by information and by the weights. */
  record Measured(Case of, FiniteSize information, FiniteSize weights) {}

  /** Curves of one draw: I of the points' own law and Σ w², at each size. */
  record Curves(Case of, int[] dimensions, double[] t, double[][] share, double[][] weights) {}

  @Override
  public Integer call() throws IOException {
    List<Case> cases = cases();
    try (Device device = experiment.openDevice()) {
      List<Measured> measured = new ArrayList<>();
      Curves curves = null;
      if (draws > 0)
        for (Case each : cases)
          if (measures(each, cases)) {
            measured.add(measure(device, each));
            if (curves == null) curves = curves(device, each);
          }
      experiment.report(
          new CollapseTimeReport(cases, measured, curves).findings(), device.description());
    }
    return 0;
  }

  private List<Case> cases() {
    if (draws < 0 || draws == 1)
      throw new UserException("--draws %d: 0 for none, or 2 at least".formatted(draws));
    List<double[]> pairs = new ArrayList<>();
    if (alphas == null && betas == null) pairs.addAll(List.of(TABLE));
    else
      for (double alpha : alphas == null ? List.of(ALPHA) : alphas)
        for (double beta : betas == null ? List.of(BETA) : betas)
          pairs.add(new double[] {alpha, beta});
    List<Case> cases = new ArrayList<>();
    for (double[] pair : pairs) {
      check(pair[0], pair[1]);
      for (String activation : activations)
        for (String map : maps) {
          Case one = new Case(pair[0], pair[1], FeatureMap.of(map), Nonlinearity.of(activation));
          if (one.map != FeatureMap.ISOMETRIC || one.phi == Nonlinearity.LINEAR) cases.add(one);
        }
    }
    if (cases.isEmpty())
      throw new UserException(
          "--map isometric: has a formula for --activation linear alone; give gaussian-p");
    return cases;
  }

  private static void check(double alpha, double beta) {
    if (!(alpha > 0 && alpha <= MOST_ALPHA))
      throw new UserException("--alpha %s: above 0, up to %s".formatted(alpha, MOST_ALPHA));
    if (!(beta > 0 && beta <= 100))
      throw new UserException("--beta %s: above 0, up to 100".formatted(beta));
    if (alpha / beta > MOST_RATIO)
      throw new UserException(
          "--alpha %s --beta %s: above alpha = %s beta there is no collapse to see (t_C < 3e-6)"
              .formatted(alpha, beta, MOST_RATIO));
  }

  /** The last map of a case at the first pair, or at (0.1, 0.25) of the table. */
  private boolean measures(Case one, List<Case> cases) {
    boolean table = alphas == null && betas == null;
    double alpha = table ? ALPHA : cases.getFirst().alpha;
    double beta = table ? BETA : cases.getFirst().beta;
    return one.alpha == alpha
        && one.beta == beta
        && one.map
            == cases.stream()
                .filter(other -> other.phi == one.phi)
                .map(Case::map)
                .max(Comparable::compareTo)
                .orElseThrow();
  }

  private Measured measure(Device device, Case one) {
    double guess = one.time().orElse(1);
    int[] dimensions = dimensions(one);
    double[][] information = new double[dimensions.length][draws];
    double[][] weights = new double[dimensions.length][draws];
    for (int size = 0; size < dimensions.length; size++)
      for (int draw = 0; draw < draws; draw++)
        try (CollapseMeasurement found = measurement(device, one, dimensions[size], draw, TIMES)) {
          information[size][draw] = found.byInformation(guess);
          weights[size][draw] = found.byWeights(guess);
        }
    return new Measured(
        one, new FiniteSize(dimensions, information), new FiniteSize(dimensions, weights));
  }

  private Curves curves(Device device, Case one) {
    int[] dimensions = dimensions(one);
    double[] t = new double[24];
    double last = 2.5 * one.time().orElse(1);
    for (int i = 0; i < t.length; i++) t[i] = last * (i + 1) / t.length;
    double[][] share = new double[dimensions.length][t.length];
    double[][] weights = new double[dimensions.length][t.length];
    for (int size = 0; size < dimensions.length; size++)
      try (CollapseMeasurement found = measurement(device, one, dimensions[size], 0, 1)) {
        for (int i = 0; i < t.length; i++) {
          share[size][i] = found.empiricalInformation(t[i]) / dimensions[size];
          weights[size][i] = found.concentration(t[i]);
        }
      }
    return new Curves(one, dimensions, t, share, weights);
  }

  private CollapseMeasurement measurement(Device device, Case one, int d, int draw, int times) {
    int n = points(one.alpha, d);
    int seed = experiment.seed() + draw;
    int p = (int) Math.max(1, Math.round(one.beta * d));
    HiddenManifold law = new HiddenManifold(one.phi, one.map, p, d, 0, seed);
    return new CollapseMeasurement(device, law, n, times * n, QUERIES, seed);
  }

  /** ⌊e^{αd}⌋. */
  static int points(double alpha, int d) {
    return (int) Math.exp(alpha * d);
  }

  /** Dimensions with about e⁴, e⁶ and e⁸ points, and βd whole if may be. */
  private static int[] dimensions(Case one) {
    int[] dimensions = new int[LOG_POINTS.length];
    for (int i = 0; i < dimensions.length; i++) {
      long p = Math.max(1, Math.round(one.beta * LOG_POINTS[i] / one.alpha));
      dimensions[i] = (int) Math.max(2, Math.round(p / one.beta));
    }
    return dimensions;
  }
}
