package dev.sild.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Precision;
import dev.sild.bindings.cuda.VirtualGpu;
import dev.sild.data.Philox;
import dev.sild.network.Arithmetic;
import dev.sild.network.Arithmetic.Scalar;
import dev.sild.network.Blueprint;
import dev.sild.network.Parameter;
import dev.sild.network.Parameters;
import dev.sild.network.Reference;
import dev.sild.network.Weights;
import dev.sild.sampling.Likelihood;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The trace of a network of random weights, on both devices. */
class NetworkTraceTest {
  private static final int SEED = Integer.getInteger("sild.seed", 20261122);
  private static final int ROWS = 5;
  private static final int WIDTH = 16;
  private static final int BLOCKS = 2;
  private static final int EMBEDDING = 4;
  private static final double[] SIGMAS = {1, Math.exp(2), Math.exp(-1)};

  private final Noise noise = new Noise(SEED, 77);

  private static Device open(String name) {
    if (name.equals("cpu")) return Device.open("cpu", Precision.F32_STRICT);
    assumeTrue(VirtualGpu.orReal(), "no GPU and no stand-in: built without nvcc");
    return VirtualGpu.open(Precision.F32_STRICT);
  }

  private static LatentNetwork network(Blueprint blueprint, int dimension) {
    return new LatentPerceptron(blueprint, "net", dimension, WIDTH, BLOCKS, EMBEDDING, 0, true);
  }

  private static NetworkTrace trace(Device device, Weights weights, int dimension, int batch) {
    return new NetworkTrace(device, b -> network(b, dimension), weights, dimension, batch);
  }

  /** Weights of variance 1/inputs, everything else standard normal, small in the last layer. */
  private static Weights weights(int dimension, double last) {
    try (Device device = Device.open("cpu");
        Parameters parameters = new Parameters();
        MemoryPlan plan = new MemoryPlan("test")) {
      network(new Blueprint(parameters, plan, 1, true), dimension);
      parameters.allocate(device, false);
      int index = 0;
      for (Parameter p : parameters.all()) {
        double[] values = new double[(int) p.value().elements()];
        Philox.normals(values, SEED, 3, index++, 0);
        double scale = p.shape().length < 2 ? 0.5 : 1 / Math.sqrt(p.shape()[1]);
        if (p.name().equals("net.out.weight")) scale *= last;
        float[] rounded = new float[values.length];
        for (int i = 0; i < rounded.length; i++) rounded[i] = (float) (scale * values[i]);
        p.value().write(rounded);
      }
      return Weights.of(parameters, Parameters.Kind.VALUE);
    }
  }

  private static double[] normals(int count) {
    double[] x = new double[count];
    Philox.normals(x, SEED, 4, 0, 0);
    for (int i = 0; i < count; i++) x[i] = (float) x[i];
    return x;
  }

  /** D of one row by the formulas of the layers. */
  private static Scalar[] denoise(
      Arithmetic in, Weights weights, double sigma, double[] x, Scalar[] input) {
    Map<String, Scalar[]> variables = new LinkedHashMap<>();
    weights
        .tensors()
        .forEach((name, tensor) -> variables.put(name, in.of(wide(tensor.toFloats()))));
    Reference reference = new Reference(in, variables);
    Precondition c = Precondition.of(sigma, 1);
    Scalar[] scaled = new Scalar[x.length];
    for (int j = 0; j < x.length; j++) {
      input[j] = in.of(x[j]);
      scaled[j] = in.times(input[j], c.cIn());
    }
    double turn = 2 * Math.PI * 0.25 * Math.log((float) sigma);
    Scalar[] features =
        in.of(Math.cos(turn / 4), Math.cos(8 * turn), Math.sin(turn / 4), Math.sin(8 * turn));
    Scalar[] f = reference.latent("net", BLOCKS, scaled, features);
    Scalar[] d = new Scalar[x.length];
    for (int j = 0; j < d.length; j++)
      d[j] = in.plus(in.times(input[j], c.cSkip()), in.times(f[j], c.cOut()));
    return d;
  }

  private static double[] wide(float[] values) {
    double[] all = new double[values.length];
    for (int i = 0; i < all.length; i++) all[i] = values[i];
    return all;
  }

  /** ∂D_i/∂x_j by central differences in double, which err by about 10⁻¹⁰. */
  private static double[][] jacobian(Weights weights, double sigma, double[] x) {
    double h = 1e-5;
    double[][] jacobian = new double[x.length][x.length];
    for (int j = 0; j < x.length; j++) {
      double[] above = x.clone();
      double[] below = x.clone();
      above[j] += h;
      below[j] -= h;
      Scalar[] up = denoise(new Arithmetic(false), weights, sigma, above, new Scalar[x.length]);
      Scalar[] down = denoise(new Arithmetic(false), weights, sigma, below, new Scalar[x.length]);
      for (int i = 0; i < x.length; i++)
        jacobian[i][j] = (up[i].value() - down[i].value()) / (2 * h);
    }
    return jacobian;
  }

  /** The trace in plain f32 arithmetic, whose error sets the tolerance. */
  private static double plain(Weights weights, double sigma, double[] x) {
    double trace = 0;
    for (int j = 0; j < x.length; j++) {
      Arithmetic in = new Arithmetic(true);
      Scalar[] input = new Scalar[x.length];
      double[] unit = new double[x.length];
      unit[j] = 1;
      in.differentiate(denoise(in, weights, sigma, x, input), unit);
      trace += input[j].gradient();
    }
    return trace;
  }

  private static double trace(double[][] jacobian) {
    double trace = 0;
    for (int j = 0; j < jacobian.length; j++) trace += jacobian[j][j];
    return trace;
  }

  /** The device may err twice as much as plain f32 arithmetic does at its worst, and 2 ulp more. */
  @ParameterizedTest
  @ValueSource(strings = {"cpu", "cuda"})
  void theExactTraceIsThatOfDifferencesInDouble(String name) {
    System.out.println("seed " + SEED);
    int d = 3;
    Weights weights = weights(d, 1);
    double[] x = normals(ROWS * d);
    double[] denoised = new double[x.length];
    double[] found = new double[ROWS];
    double worst = 0;
    double plain = 0;
    double scale = 0;
    try (Device device = open(name);
        NetworkTrace network = trace(device, weights, d, ROWS + 2)) {
      for (double sigma : SIGMAS) {
        network.exact(ROWS).denoise(denoised, found, x, sigma);
        for (int i = 0; i < ROWS; i++) {
          double[] row = Arrays.copyOfRange(x, i * d, (i + 1) * d);
          double exact = trace(jacobian(weights, sigma, row));
          scale = Math.max(scale, Math.abs(exact));
          plain = Math.max(plain, Math.abs(plain(weights, sigma, row) - exact));
          worst = Math.max(worst, Math.abs(found[i] - exact)); // Math.max keeps NaN
          Scalar[] value = denoise(new Arithmetic(false), weights, sigma, row, new Scalar[d]);
          for (int j = 0; j < d; j++)
            assertThat(denoised[i * d + j]).isCloseTo(value[j].value(), within(1e-4));
        }
      }
    }
    System.out.printf(
        "%s: error %.2g, of plain f32 %.2g, traces to %.2g%n", name, worst, plain, scale);
    assertThat(worst).isNotNaN();
    assertThat(worst).isLessThanOrEqualTo(2 * plain + 0x1p-22 * scale);
  }

  /**
   * With random signs v, vᵀ J v has mean tr J and variance Σ_{i&lt;j} (J_ij + J_ji)²; the mean of
   * many is within four standard errors.
   */
  @ParameterizedTest
  @ValueSource(strings = {"cpu", "cuda"})
  void theEstimatedTraceHasTheExactOneAsItsMean(String name) {
    System.out.println("seed " + SEED);
    int d = 4;
    int probes = 300;
    double sigma = SIGMAS[2];
    Weights weights = weights(d, 1);
    double[] x = normals(ROWS * d);
    double[] denoised = new double[x.length];
    double[] found = new double[ROWS];
    double[] part = new double[2];
    try (Device device = open(name);
        NetworkTrace network = trace(device, weights, d, ROWS)) {
      network.estimated(ROWS, probes, noise, 9).denoise(denoised, found, x, sigma);
      network
          .estimated(2, probes, noise, 11)
          .denoise(new double[2 * d], part, Arrays.copyOfRange(x, 2 * d, 4 * d), sigma);
    }
    assertThat(part).isEqualTo(Arrays.copyOfRange(found, 2, 4)); // whatever the batch
    for (int i = 0; i < ROWS; i++) {
      double[][] j = jacobian(weights, sigma, Arrays.copyOfRange(x, i * d, (i + 1) * d));
      double variance = 0;
      for (int a = 0; a < d; a++)
        for (int b = 0; b < a; b++) variance += Math.pow(j[a][b] + j[b][a], 2);
      double standardError = Math.sqrt(variance / probes);
      System.out.printf("%.4f for %.4f ± %.4f%n", found[i], trace(j), standardError);
      assertThat(standardError).isPositive();
      assertThat(found[i]).isCloseTo(trace(j), within(4 * standardError));
    }
  }

  /**
   * Whatever the weights, the flow is one to one: its density integrates to 1 if the trace is that
   * of the denoiser. The grid spans five standard deviations of a law that is about N(0, I).
   */
  @Test
  void theDensityOfANetworkIntegratesToOne() {
    int side = 40;
    double h = 0.3;
    double[] grid = new double[2 * side * side];
    for (int i = 0; i < side * side; i++) {
      grid[2 * i] = h * (i % side - side / 2);
      grid[2 * i + 1] = h * (i / side - side / 2);
    }
    double mass = 0;
    double spread = 0;
    try (Device device = open("cpu");
        NetworkTrace network = trace(device, weights(2, 0.3), 2, side * side)) {
      double[] logs = new Likelihood(0.3, 20, 96).logDensity(network.exact(side * side), grid, 2);
      for (int i = 0; i < logs.length; i++) {
        mass += Math.exp(logs[i]) * h * h;
        double normal = -(grid[2 * i] * grid[2 * i] + grid[2 * i + 1] * grid[2 * i + 1]) / 2 / 1.09;
        spread = Math.max(spread, Math.abs(logs[i] - normal + Math.log(2 * Math.PI * 1.09)));
      }
    }
    System.out.printf("mass %.5f; up to %.2f nats from a Gaussian's%n", mass, spread);
    assertThat(spread).isGreaterThan(1); // it is another law
    assertThat(mass).isCloseTo(1, within(5e-3));
  }
}
