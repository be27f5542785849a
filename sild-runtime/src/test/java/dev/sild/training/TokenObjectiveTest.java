package dev.sild.training;

import static dev.sild.training.FirstOfTokens.DATA;
import static dev.sild.training.FirstOfTokens.HEADS;
import static dev.sild.training.FirstOfTokens.LAW;
import static dev.sild.training.FirstOfTokens.NOISE;
import static dev.sild.training.FirstOfTokens.ORDER;
import static dev.sild.training.FirstOfTokens.SEED;
import static dev.sild.training.FirstOfTokens.SHAPE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.Gather;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Precision;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Step;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.bindings.cpu.CpuDevice;
import dev.sild.bindings.cuda.VirtualGpu;
import dev.sild.network.Arithmetic;
import dev.sild.network.Arithmetic.Scalar;
import dev.sild.network.Parameter;
import dev.sild.network.Parameters;
import dev.sild.network.Reference;
import dev.sild.network.TokenReference;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The first stage of molecules: what its loss is, and what its gradients are gradients of. */
class TokenObjectiveTest {
  private static final int BATCH = 8;

  private static Device cpu() {
    return CpuDevice.open("baseline", 1, Precision.F32_STRICT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"sild", "ae"})
  void lossAndErrorAreThoseOfTheFormula(String method) {
    System.out.println("seed " + SEED);
    try (Device device = cpu()) {
      lossAndErrorAreThoseOfTheFormula(device, method);
    }
    assumeTrue(VirtualGpu.orReal(), "no GPU and no stand-in: built without nvcc");
    lossAndErrorAreThoseOfTheFormula(VirtualGpu.shared(), method);
  }

  /**
   * Mean cross-entropy −Σ_t ln p_t(x_t)/T and ‖D − x‖² in double, the tokens those that the order
   * says, the noise that of the law. The device may err twice as much as plain f32 does.
   */
  private static void lossAndErrorAreThoseOfTheFormula(Device device, String method) {
    try (FirstOfTokens first = new FirstOfTokens(device, method, 1, BATCH)) {
      long at = 1000;
      first.loss(at);
      float[] clean = clean(at);
      float[] sigma = new float[BATCH];
      float[] noisy = noisy(device, clean, method, at, sigma);
      double[][] exact = losses(first.parameters, noisy, clean, false);
      double[][] plain = losses(first.parameters, noisy, clean, true);
      float[][] found = {first.objective.loss().floats(), first.objective.error().floats()};
      for (int figure = 0; figure < 2; figure++) {
        double allowed = 0;
        for (int i = 0; i < BATCH; i++)
          allowed = Math.max(allowed, 2 * Math.abs(plain[figure][i] - exact[figure][i]));
        for (int i = 0; i < BATCH; i++) allowed += Math.ulp((float) exact[figure][i]) / BATCH;
        for (int i = 0; i < BATCH; i++)
          assertThat((double) found[figure][i])
              .as("%s, figure %d, row %d", method, figure, i)
              .isCloseTo(exact[figure][i], within(allowed));
      }
      assertThat(first.objective.sigma().floats()).isEqualTo(sigma);
    }
  }

  private static float[] clean(long at) {
    byte[] tokens = new byte[BATCH * SHAPE.length()];
    for (int i = 0; i < BATCH; i++) {
      int from = DATA.variant(ORDER, at + i) * SHAPE.length();
      System.arraycopy(DATA.trained().tokens(), from, tokens, i * SHAPE.length(), SHAPE.length());
    }
    return SHAPE.oneHot(tokens, BATCH);
  }

  /** The rows as the network sees them, and σ: without noise it is called one. */
  private static float[] noisy(
      Device device, float[] clean, String method, long at, float[] sigma) {
    if (!method.equals("sild")) {
      java.util.Arrays.fill(sigma, 1);
      return clean;
    }
    try (Stream stream = device.openStream();
        MemoryPlan memory = new MemoryPlan("test")) {
      Slot x = memory.add("x", BATCH, SHAPE.size());
      Slot y = memory.add("y", BATCH, SHAPE.size());
      Slot level = memory.add("sigma", BATCH);
      Slot units = memory.add("units", 2, SHAPE.size());
      Slot step = memory.add("step", DType.U8, Step.BYTES);
      memory.allocate(device);
      x.view().write(clean);
      View one = units.view().rows(0, 1).reshape(SHAPE.size());
      View zero = units.view().rows(1, 1).reshape(SHAPE.size());
      stream.fill(one, 1);
      Step.at(at).writeTo(stream, step.view());
      Gather rows = new Gather(x.view(), null, one, zero);
      stream.perturb(y.view(), level.view(), rows, LAW, 0, NOISE, step.view());
      float[] drawn = level.view().floats();
      System.arraycopy(drawn, 0, sigma, 0, BATCH);
      for (float value : drawn) assertThat(value).isBetween(0.1f, 0.5f);
      assertThat(drawn).doesNotHaveDuplicates();
      return y.view().floats();
    }
  }

  /** Cross-entropies and errors of all rows. */
  private static double[][] losses(
      Parameters parameters, float[] noisy, float[] clean, boolean single) {
    double[][] all = new double[2][BATCH];
    int size = SHAPE.size();
    for (int i = 0; i < BATCH; i++) {
      Arithmetic in = new Arithmetic(single);
      Map<String, Scalar[]> variables = new HashMap<>();
      for (Parameter p : parameters.all())
        variables.put(p.name(), in.of(widened(p.value().floats())));
      TokenReference layers = new TokenReference(new Reference(in, variables), SHAPE.length());
      Scalar[] x = in.of(widened(java.util.Arrays.copyOfRange(noisy, i * size, (i + 1) * size)));
      Scalar[] z = layers.encoder("encoder", 1, HEADS, x);
      Scalar[] p = layers.probabilities(layers.decoder("decoder", 1, HEADS, z));
      for (int j = 0; j < size; j++) {
        double target = clean[i * size + j];
        if (target == 1) all[0][i] -= Math.log(p[j].value()) / SHAPE.length();
        all[1][i] += Math.pow(p[j].value() - target, 2);
      }
    }
    return all;
  }

  private static double[] widened(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < values.length; i++) wide[i] = values[i];
    return wide;
  }

  @ParameterizedTest
  @ValueSource(strings = {"sild", "ae", "vae", "mmd", "gan"})
  void gradientsAreThoseOfTheLoss(String method) {
    System.out.println("seed " + SEED);
    try (Device device = cpu();
        FirstOfTokens first = new FirstOfTokens(device, method, 2, BATCH)) {
      Directions.confirm(first.parameters, () -> first.loss(0), SEED);
    }
  }

  /** Cross-entropy + weight · penalty/T, and without its weight the same without the penalty. */
  @ParameterizedTest
  @ValueSource(strings = {"vae", "mmd", "gan"})
  void aPenaltyIsAddedByItsWeight(String method) {
    double weight = 3;
    try (Device device = cpu();
        FirstOfTokens with = new FirstOfTokens(device, method, weight, BATCH);
        FirstOfTokens without = new FirstOfTokens(device, method, 0, BATCH)) {
      double all = with.loss(0);
      double alone = without.loss(0);
      double penalty = 0;
      for (float row : with.rival.penalty().value().floats()) penalty += row / BATCH;
      double expected = weight * penalty / SHAPE.length();
      assertThat(Math.abs(expected)).isGreaterThan(1e-3);
      assertThat(all - alone).isCloseTo(expected, within(8 * 0x1p-24 * (all + alone)));
    }
  }

  /** The mean gradient of the halves of a batch is that of the batch, up to the order of sums. */
  @ParameterizedTest
  @ValueSource(strings = {"sild", "vae"})
  void partsOfABatchHaveItsGradient(String method) {
    try (Device device = cpu();
        FirstOfTokens whole = new FirstOfTokens(device, method, 1, BATCH);
        FirstOfTokens half = new FirstOfTokens(device, method, 1, BATCH / 2)) {
      double loss = whole.loss(5 * BATCH);
      double early = half.loss(5 * BATCH);
      Map<String, float[]> first = gradients(half.parameters);
      double late = half.loss(5 * BATCH + BATCH / 2);
      assertThat((early + late) / 2).isCloseTo(loss, within(8 * 0x1p-24 * loss));
      Map<String, float[]> second = gradients(half.parameters);
      gradients(whole.parameters)
          .forEach((name, g) -> {
            double scale = 0;
            for (float value : g) scale = Math.max(scale, Math.abs(value));
            assertThat(scale).as(name).isPositive();
            for (int i = 0; i < g.length; i++) {
              double mean = (first.get(name)[i] + second.get(name)[i]) / 2.0;
              // every sum is of fewer than BATCH · T terms, none much larger than the largest sum
              assertThat(mean)
                  .as(name)
                  .isCloseTo(g[i], within(BATCH * SHAPE.length() * 0x1p-24 * scale));
            }
          });
    }
  }

  private static Map<String, float[]> gradients(Parameters parameters) {
    Map<String, float[]> all = new HashMap<>();
    for (Parameter p : parameters.all()) all.put(p.name(), p.gradient().floats());
    return all;
  }

  /** A stream records a step: all that the host has to say, it says before. */
  @ParameterizedTest
  @ValueSource(strings = {"sild", "vae", "mmd", "gan"})
  void gradientsNeitherAllocateNorCopyNorWait(String method) {
    assumeTrue(VirtualGpu.present(), "no stand-in, which counts: built without nvcc");
    List<String> counters = List.of("allocations", "copies", "synchronisations");
    try (FirstOfTokens first = new FirstOfTokens(VirtualGpu.shared(), method, 1, BATCH)) {
      first.loss(0);
      long launches = VirtualGpu.get("launches");
      List<Long> before = counters.stream().map(VirtualGpu::get).toList();
      first.objective.gradients(first.stream, first.step.view(), BATCH);
      assertThat(counters.stream().map(VirtualGpu::get).toList()).isEqualTo(before);
      assertThat(VirtualGpu.get("launches")).isGreaterThan(launches + 20);
    }
  }

  /** The same batch twice, another one between: nothing is left of the one before. */
  @Test
  void aBatchForgetsTheOneBefore() {
    try (Device device = cpu();
        FirstOfTokens first = new FirstOfTokens(device, "sild", 0, BATCH)) {
      double loss = first.loss(0);
      Map<String, float[]> gradients = gradients(first.parameters);
      assertThat(first.loss(BATCH)).isNotEqualTo(loss);
      assertThat(first.loss(0)).isEqualTo(loss);
      gradients(first.parameters)
          .forEach((name, g) -> assertThat(g).as(name).isEqualTo(gradients.get(name)));
    }
  }
}
