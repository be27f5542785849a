package dev.sild.baseline;

import dev.sild.bindings.Activation;
import dev.sild.bindings.Device;
import dev.sild.bindings.Epilogue;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Precision;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.Moments;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.DoubleConsumer;
import java.util.stream.IntStream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.decomposition.TriangularSolver_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.CholeskyDecomposition_F64;

/**
 * Expectation and maximisation (Dempster, Laird and Rubin 1977) for a Gaussian mixture, on data
 * centred and scaled to a mean variance of 1. First centres by {@link KMeansSeeds}, whose nearest
 * rows are the first components. Expectation: all L_c⁻¹ (z − μ_c) are one linear layer on the
 * device, with the factors L_c⁻¹ stacked; responsibilities r_ic and sums in double on the host, in
 * the order of the rows. Maximisation: w_c = Σ_i r_ic/n; μ_c the weighted mean, in double; Σ_c =
 * Σ_i r_ic (z_i − μ_c)(z_i − μ_c)ᵀ/(n w_c) + 10⁻⁶ I, products on the device. Ends where the mean
 * log-likelihood gains less than 10⁻⁴ nats, or after 100 rounds.
 *
 * <p>A component of fewer than Z + 1 rows, which is what a covariance needs, is dead: a round drops
 * the empty ones and, if it is dead, the smallest, whose rows go to the others. Same data, same
 * device, same bits.
 */
final class ExpectationMaximisation implements AutoCloseable {
  private static final double RIDGE = 1e-6;
  private static final double GAIN = 1e-4;
  private static final int ROUNDS = 100;
  private static final double EMPTY = 0.5; // rows
  private static final int CHUNK = 8 << 20; // floats of a chunk's whitened rows: 32 MiB

  private final float[] z; // (n, d), centred and scaled
  private final int n;
  private final int d;
  private final int chunk;
  private final MemoryPlan memory = new MemoryPlan("mixture");
  private final Stream stream;
  private final View rows; // (chunk, d)
  private final View factors; // (components · d, d)
  private final View bias; // (components · d)
  private final View whitened; // (chunk · components · d)
  private final View scatter; // (d, d)
  private final double[][] responsibilities; // (components, n)
  private final float[] host; // whitened

  private ExpectationMaximisation(Device device, float[] z, int n, int d, int components) {
    this.z = z;
    this.n = n;
    this.d = d;
    this.chunk = Math.clamp(CHUNK / ((long) components * d), 1, n);
    this.responsibilities = new double[components][n];
    Slot data = memory.add("z", chunk, d);
    Slot stacked = memory.add("factors", (long) components * d, d);
    Slot shifts = memory.add("bias", (long) components * d);
    Slot out = memory.add("whitened", (long) chunk * components * d);
    Slot products = memory.add("scatter", d, d);
    memory.allocate(device);
    rows = data.view();
    factors = stacked.view();
    bias = shifts.view();
    whitened = out.view();
    scatter = products.view();
    host = new float[Math.toIntExact(whitened.elements())];
    stream = device.openStream(Precision.F32_STRICT);
  }

  /**
   * {@link GaussianMixture#fit}.
   *
   * @param heard is told the mean log-likelihood after each expectation step
   */
  static GaussianMixture.Fit fit(
      Device device, float[] z, int n, int d, int components, int seed, DoubleConsumer heard) {
    Moments.requireRows(z, n, d);
    if (n < 1 || components < 1)
      throw new IllegalArgumentException("%d components of (%d, %d)".formatted(components, n, d));
    Standard standard = Standard.of(Moments.of(z, n, d));
    float[] standardised = standard.apply(z, n);
    try (var em = new ExpectationMaximisation(device, standardised, n, d, components)) {
      int[] owner = KMeansSeeds.assign(standardised, n, d, components, seed);
      return em.run(owner, standard, heard);
    }
  }

  private GaussianMixture.Fit run(int[] owner, Standard standard, DoubleConsumer heard) {
    for (int i = 0; i < n; i++) responsibilities[owner[i]][i] = 1;
    Estimate estimate = maximise(responsibilities.length);
    double likelihood = expect(estimate) - standard.logVolume();
    heard.accept(likelihood);
    for (int round = 1; ; round++) {
      int before = estimate.weights.length;
      double previous = likelihood;
      estimate = maximise(before);
      likelihood = expect(estimate) - standard.logVolume();
      heard.accept(likelihood);
      if (estimate.weights.length < before) continue; // its rows are still to be shared out
      if (round >= ROUNDS || !(likelihood - previous >= GAIN))
        return new GaussianMixture.Fit(estimate.mixture(standard), likelihood, round);
    }
  }

  /** The units of the fit: (z − centre)/scale. */
  private record Standard(double[] centre, double scale) {
    static Standard of(Moments moments) {
      double variance = Arrays.stream(moments.variance()).average().orElseThrow();
      if (!(variance > 0 && variance < Double.POSITIVE_INFINITY))
        throw new IllegalArgumentException("data that are all alike or not finite");
      return new Standard(moments.mean(), Math.sqrt(variance));
    }

    float[] apply(float[] z, int n) {
      int d = centre.length;
      float[] standardised = new float[n * d];
      for (int i = 0; i < n; i++)
        for (int j = 0; j < d; j++)
          standardised[i * d + j] = (float) ((z[i * d + j] - centre[j]) / scale);
      return standardised;
    }

    /** What a density in these units has to lose to be one in the data's. */
    double logVolume() {
      return centre.length * Math.log(scale);
    }
  }

  /** Weights (K), means (K, d) and lower factors (K, d, d), in the units of the fit. */
  private record Estimate(double[] weights, double[][] means, DMatrixRMaj[] factors) {
    GaussianMixture mixture(Standard standard) {
      int d = standard.centre.length;
      float[] w = new float[weights.length];
      float[] mu = new float[weights.length * d];
      float[] l = new float[mu.length * d];
      for (int c = 0; c < w.length; c++) {
        w[c] = (float) weights[c];
        for (int j = 0; j < d; j++)
          mu[c * d + j] = (float) (means[c][j] * standard.scale + standard.centre[j]);
        for (int j = 0; j < d * d; j++)
          l[c * d * d + j] = (float) (factors[c].data[j] * standard.scale);
      }
      return new GaussianMixture(w, mu, l);
    }
  }

  /**
   * The best estimate for the first {@code count} responsibilities, without the smallest if dead.
   */
  private Estimate maximise(int count) {
    double[] totals = new double[count];
    for (int c = 0; c < count; c++) totals[c] = Arrays.stream(responsibilities[c]).sum();
    double smallest = Arrays.stream(totals).min().orElseThrow();
    boolean dead = count > 1 && smallest < d + 1;
    int dropped = dead ? Arrays.stream(totals).boxed().toList().indexOf(smallest) : -1;
    int[] alive =
        IntStream.range(0, count).filter(c -> c != dropped && totals[c] >= EMPTY).toArray();
    double left = Arrays.stream(alive).mapToDouble(c -> totals[c]).sum();
    Estimate estimate =
        new Estimate(
            new double[alive.length], new double[alive.length][], new DMatrixRMaj[alive.length]);
    for (int a = 0; a < alive.length; a++) {
      double[] weight = responsibilities[alive[a]];
      estimate.weights[a] = totals[alive[a]] / left;
      estimate.means[a] = mean(weight, totals[alive[a]]);
      estimate.factors[a] = factor(weight, totals[alive[a]], estimate.means[a]);
    }
    return estimate;
  }

  private double[] mean(double[] weight, double total) {
    double[] mean = new double[d];
    for (int i = 0; i < n; i++) {
      double r = weight[i];
      if (r == 0) continue;
      for (int j = 0; j < d; j++) mean[j] += r * z[i * d + j];
    }
    for (int j = 0; j < d; j++) mean[j] /= total;
    return mean;
  }

  /** The lower Cholesky factor of the weighted covariance. */
  private DMatrixRMaj factor(double[] weight, double total, double[] mean) {
    for (int first = 0; first < n; first += chunk) {
      int count = Math.min(chunk, n - first);
      float[] part = new float[count * d];
      for (int i = 0; i < count; i++) {
        double root = Math.sqrt(weight[first + i] / total);
        for (int j = 0; j < d; j++)
          part[i * d + j] = (float) (root * (z[(first + i) * d + j] - mean[j]));
      }
      View scaled = rows.first(count);
      scaled.write(part);
      stream.matmul(scatter, scaled, true, scaled, false, first > 0);
      stream.synchronize(); // the next chunk takes its place
    }
    float[] products = scatter.floats();
    DMatrixRMaj covariance = new DMatrixRMaj(d, d);
    for (int i = 0; i < d; i++)
      for (int j = 0; j < d; j++)
        covariance.set(i, j, 0.5 * ((double) products[i * d + j] + products[j * d + i]));
    return cholesky(covariance);
  }

  /** Of the matrix and as little more than the ridge as makes it positive in spite of rounding. */
  private DMatrixRMaj cholesky(DMatrixRMaj covariance) {
    for (double add = RIDGE; ; add *= 10) {
      DMatrixRMaj matrix = covariance.copy();
      for (int j = 0; j < d; j++) matrix.add(j, j, add);
      CholeskyDecomposition_F64<DMatrixRMaj> cholesky = DecompositionFactory_DDRM.chol(d, true);
      if (cholesky.decompose(matrix)) return cholesky.getT(null);
      if (!Double.isFinite(add)) throw new ArithmeticException("a covariance is not finite");
    }
  }

  /** Responsibilities under the estimate; returns the mean log-likelihood. */
  private double expect(Estimate estimate) {
    int count = estimate.weights.length;
    long stacked = (long) count * d;
    double[] constants = new double[count];
    for (int c = 0; c < count; c++) {
      DMatrixRMaj l = estimate.factors[c];
      constants[c] = GaussianMixture.logConstant(estimate.weights[c], d, j -> l.get(j, j));
    }
    load(estimate);
    Epilogue shift = Epilogue.of(bias.first(stacked), Activation.IDENTITY);
    double sum = 0;
    for (int first = 0; first < n; first += chunk) {
      int part = Math.min(chunk, n - first);
      View x = rows.first(part);
      x.write(MemorySegment.ofArray(z).asSlice(4L * first * d, x.bytes()));
      View y = whitened.first(part * stacked).reshape(part, stacked);
      stream.linearForward(y, null, x, factors.first(stacked), shift);
      stream.synchronize();
      y.read(MemorySegment.ofArray(host).asSlice(0, y.bytes()));
      for (int i = 0; i < part; i++) sum += assign(first + i, i, constants);
    }
    return sum / n;
  }

  /** Stacks L_c⁻¹ and −L_c⁻¹ μ_c. */
  private void load(Estimate estimate) {
    int count = estimate.weights.length;
    float[] inverses = new float[count * d * d];
    float[] shifts = new float[count * d];
    DMatrixRMaj inverse = new DMatrixRMaj(d, d);
    for (int c = 0; c < count; c++) {
      TriangularSolver_DDRM.invertLower(estimate.factors[c].data, inverse.data, d);
      for (int j = 0; j < d; j++) {
        double shift = 0;
        for (int k = 0; k <= j; k++) {
          double entry = inverse.get(j, k);
          inverses[(c * d + j) * d + k] = (float) entry;
          shift -= entry * estimate.means[c][k];
        }
        shifts[c * d + j] = (float) shift;
      }
    }
    factors.first((long) count * d).write(inverses);
    bias.first((long) count * d).write(shifts);
  }

  /** Responsibilities of one row of the chunk; returns its log-likelihood. */
  private double assign(int row, int place, double[] constants) {
    double[] logs = new double[constants.length];
    for (int c = 0; c < logs.length; c++) {
      int at = (place * constants.length + c) * d;
      double squares = 0;
      for (int j = 0; j < d; j++) squares += (double) host[at + j] * host[at + j];
      logs[c] = constants[c] - 0.5 * squares;
    }
    double total = GaussianMixture.logSum(logs);
    for (int c = 0; c < logs.length; c++) responsibilities[c][row] = Math.exp(logs[c] - total);
    return total;
  }

  @Override
  public void close() {
    stream.close();
    memory.close();
  }
}
