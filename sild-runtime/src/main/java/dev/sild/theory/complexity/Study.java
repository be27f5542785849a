package dev.sild.theory.complexity;

import dev.sild.data.Isometry;
import dev.sild.theory.Target;
import dev.sild.theory.steps.LogSnrTheory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Families of laws in which one thing changes at a time. */
public enum Study {
  /**
   * {−1, +1}^d, whose entropy is d ln 2. The divergence of a product law on a common schedule is
   * the sum over its coordinates, so that for many steps K·KL → ¼ d (∫ √(−m_1') dγ)².
   */
  HYPERCUBE("Hypercubes: the budget is linear in the entropy") {
    @Override
    public List<Row> rows(Laboratory laboratory) {
      List<Row> rows = new ArrayList<>();
      for (int d = 1; d <= 64; d *= 2)
        rows.add(
            laboratory.row(
                Law.product("hypercube", new double[] {1}, new int[] {d}), number(rows.size())));
      return rows;
    }

    @Override
    public List<Fit> fits(List<Row> rows, double divergence) {
      double[] lengths = rows.getFirst().law().curves().chooser().lengths();
      double length = lengths[lengths.length - 1];
      double theory = length * length / (4 * divergence * Math.log(2));
      return List.of(
          Fit.of(
              "hypercube_slope",
              "steps of the best schedule a nat of entropy",
              rows,
              ENTROPY,
              BEST,
              theory));
    }
  },

  /**
   * Random points, independent normals in 64 dimensions, against hypercubes of as many points. Far
   * apart in a space of many dimensions, all points become improbable at one level of noise, and a
   * schedule whose steps gather there is cheap.
   */
  CODEBOOK("Random codebooks: below the hypercube of as many points") {
    @Override
    public List<Row> rows(Laboratory laboratory) {
      List<Row> rows = new ArrayList<>();
      for (int d = 1; d <= 8; d++)
        rows.add(
            laboratory.row(
                laboratory.discrete("codebook", codebook(1 << d), number(rows.size())),
                number(rows.size())));
      for (int d = 1; d <= 8; d++)
        rows.add(
            laboratory.row(
                Law.product("hypercube", new double[] {1}, new int[] {d}), number(rows.size())));
      return rows;
    }

    @Override
    public List<Fit> fits(List<Row> rows, double divergence) {
      return List.of(
          Fit.of(
              "codebook_exponent",
              "exponent of the entropy for codebooks",
              of(rows, "codebook"),
              log(ENTROPY),
              log(BEST),
              Double.NaN),
          Fit.of(
              "codebook_hypercube_exponent",
              "for hypercubes",
              of(rows, "hypercube"),
              log(ENTROPY),
              log(BEST),
              1));
    }
  },

  /**
   * Points of one codebook with weights in geometric progression: as many points with more and more
   * equal weights, and more and more points with the weights ½, ¼, …, whose entropy stays below 2
   * ln 2.
   */
  WEIGHTS("Unequal weights: the entropy counts, not the number of points") {
    @Override
    public List<Row> rows(Laboratory laboratory) {
      List<Row> rows = new ArrayList<>();
      for (double ratio : new double[] {0.3, 0.5, 0.7, 0.8, 0.9, 1})
        add(rows, laboratory, FIXED_COUNT, 64, ratio);
      for (int points : new int[] {8, 16, 32, 64, 128, 256})
        add(rows, laboratory, FIXED_ENTROPY, points, 0.5);
      for (int points : new int[] {4, 8, 16, 32}) add(rows, laboratory, "equal weights", points, 1);
      return rows;
    }

    private void add(
        List<Row> rows, Laboratory laboratory, String series, int points, double ratio) {
      int law = number(rows.size());
      Target target = codebook(points).weighted(series, geometric(points, ratio));
      rows.add(laboratory.row(laboratory.discrete(series, target, law), law));
    }

    @Override
    public List<Fit> fits(List<Row> rows, double divergence) {
      return List.of(
          Fit.of(
              "weights_entropy_exponent",
              "exponent of the entropy for 64 points",
              of(rows, FIXED_COUNT),
              log(ENTROPY),
              log(BEST),
              Double.NaN),
          Fit.of(
              "weights_points_exponent",
              "exponent of the number of points for the weights ½, ¼, …",
              of(rows, FIXED_ENTROPY),
              log(POINTS),
              log(BEST),
              0));
    }
  },

  /**
   * One coordinate ±s, another ±1, s from 30 to 3·10⁴: the entropy and the distance of the nearest
   * points, and with it σ_min, stay as they are, E‖x‖² = s² + 1 and σ_max grow. Scaling a whole law
   * instead would change nothing at σ_min ∝ σ_max, and leave a range in which nothing happens at a
   * fixed σ_min. Here something happens at both ends, and for small s at both at once: a step then
   * serves both coordinates, so that the flat budget is reached from below.
   */
  MOMENT("Second moment: logarithmic for steps uniform in log-SNR, flat for the best schedule") {
    @Override
    public List<Row> rows(Laboratory laboratory) {
      List<Row> rows = new ArrayList<>();
      for (double s : new double[] {30, 100, 300, 1000, 3000, 10_000, 30_000})
        rows.add(
            laboratory.row(
                Law.product("±s, ±1", new double[] {s, 1}, new int[] {1, 1}), number(rows.size())));
      return rows;
    }

    @Override
    public List<Fit> fits(List<Row> rows, double divergence) {
      LogSnrTheory theory = rows.getFirst().law().logSnr();
      return List.of(
          Fit.of(
              "moment_logsnr_slope",
              "steps uniform in log-SNR a factor of e in E‖x‖²",
              rows,
              log(row -> row.law().secondMoment()),
              row -> row.logSnr().value(),
              theory.steps(divergence) / theory.range()),
          Fit.of(
              "moment_best_slope",
              "steps of the best schedule",
              rows,
              log(row -> row.law().secondMoment()),
              BEST,
              0));
    }
  },

  /**
   * Sixteen components around a square grid of spacing 2, turned into d dimensions by a random
   * isometry, with standard deviation ¼ in every direction. In σ̃² = σ² + v the labels' curve
   * depends on the distances of the centres alone, so that theory leaves nothing to d; the plain
   * denoiser also pays for the Gaussian, K ≥ d ln²(1 + v/σ_min²)/(4 KL) for many steps. It is
   * followed for as many steps as the labels need.
   */
  DIMENSION("Ambient dimension: flat for the labels of a mixture, linear for the plain denoiser") {
    @Override
    public List<Row> rows(Laboratory laboratory) {
      List<Row> rows = new ArrayList<>();
      for (int d : new int[] {2, 4, 16, 64, 256, 1024, 4096})
        rows.addAll(mixture(laboratory, d, number(rows.size())));
      return rows;
    }

    @Override
    public List<Fit> fits(List<Row> rows, double divergence) {
      double length = Math.log1p(VARIANCE / (SIGMA_MIN * SIGMA_MIN));
      return List.of(
          Fit.of(
              "dimension_labels_exponent",
              "exponent of d for labels",
              of(rows, LABELS),
              log(row -> row.law().dimension()),
              log(BEST),
              0),
          Fit.of(
              "dimension_plain_slope",
              "steps a dimension for the plain denoiser",
              of(rows, PLAIN),
              row -> row.law().dimension(),
              BEST,
              length * length / (4 * divergence)));
    }
  };

  private static final double VARIANCE = 1.0 / 16;
  private static final double SIGMA_MIN = 0.025;
  private static final String FIXED_COUNT = "64 points, geometric";
  private static final String FIXED_ENTROPY = "½, ¼, …";
  private static final String LABELS = "labels";
  private static final String PLAIN = "plain denoiser";
  private static final int CODEBOOK_DIMENSION = 64;
  private static final int CODEBOOK_SEED = 1;
  private static final int LAWS = 50; // of a study, at most
  private static final ToDoubleFunction<Row> ENTROPY = row -> row.law().entropy();
  private static final ToDoubleFunction<Row> POINTS = row -> row.law().points();
  private static final ToDoubleFunction<Row> BEST = row -> row.best().value();

  private final String claim;

  Study(String claim) {
    this.claim = claim;
  }

  /** What the theory says, in a line. */
  public String claim() {
    return claim;
  }

  /** Measures all laws of the study. */
  public abstract List<Row> rows(Laboratory laboratory);

  /** The slopes that the claim is about. */
  public abstract List<Fit> fits(List<Row> rows, double divergence);

  int number(int law) {
    return LAWS * ordinal() + law;
  }

  private static List<Row> of(List<Row> rows, String series) {
    return rows.stream().filter(row -> row.law().series().equals(series)).toList();
  }

  private static ToDoubleFunction<Row> log(ToDoubleFunction<Row> x) {
    return row -> Math.log(x.applyAsDouble(row));
  }

  /** The first rows of one and the same table of normals. */
  private static Target codebook(int points) {
    return Target.mixture(points, CODEBOOK_DIMENSION, 0, 1, CODEBOOK_SEED);
  }

  /** Weights ∝ ratio^c. */
  private static double[] geometric(int points, double ratio) {
    double[] weights = new double[points];
    for (int c = 0; c < points; c++) weights[c] = Math.pow(ratio, c);
    double sum = Arrays.stream(weights).sum();
    for (int c = 0; c < points; c++) weights[c] /= sum;
    return weights;
  }

  /** A mixture of {@link #DIMENSION} by its labels, then by its plain denoiser. */
  static List<Row> mixture(Laboratory laboratory, int d, int law) {
    Target mixture = grid(d, VARIANCE, law);
    Target labels = mixture.labels();
    double max = Law.sigmaMax(labels.secondMoment());
    double deviation = Math.sqrt(VARIANCE);
    Curves curves =
        laboratory.measured(
            labels, Math.hypot(max, deviation), Math.hypot(SIGMA_MIN, deviation), law);
    Row stepped = laboratory.row(Law.discrete(LABELS, labels, curves), law);
    Law plain = Law.plain(PLAIN, mixture, curves, max, SIGMA_MIN);
    return List.of(stepped, laboratory.row(plain, law, stepped.steps()));
  }

  private static Target grid(int d, double v, int seed) {
    Isometry turn = new Isometry(2, d, seed);
    float[] centres = new float[16 * d];
    double[] y = new double[d];
    for (int c = 0; c < 16; c++) {
      turn.embed(y, new double[] {2 * (c % 4) - 3, 2 * (c / 4) - 3});
      for (int j = 0; j < d; j++) centres[c * d + j] = (float) y[j];
    }
    double[] weights = new double[16];
    Arrays.fill(weights, 1.0 / 16);
    return new Target("grid", d, centres, weights, v);
  }
}
