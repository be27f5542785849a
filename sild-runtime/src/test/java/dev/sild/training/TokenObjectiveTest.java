package dev.sild.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sild.Purpose;
import dev.sild.baseline.LatentPenalty;
import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.Gather;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Precision;
import dev.sild.bindings.SigmaLaw;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Step;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.bindings.cpu.CpuDevice;
import dev.sild.bindings.cuda.VirtualGpu;
import dev.sild.data.DataSet;
import dev.sild.data.TokenShape;
import dev.sild.data.molecule.Notation;
import dev.sild.data.molecule.TokenSource;
import dev.sild.network.Arithmetic;
import dev.sild.network.Arithmetic.Scalar;
import dev.sild.network.Blueprint;
import dev.sild.network.Parameter;
import dev.sild.network.Parameters;
import dev.sild.network.Reference;
import dev.sild.network.TokenReference;
import dev.sild.sild.Bottleneck;
import dev.sild.sild.ConfigFile;
import dev.sild.sild.RunConfig;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The first stage of molecules: what its loss is, and what its gradients are gradients of. */
class TokenObjectiveTest {
  private static final int SEED = Integer.getInteger("sild.seed", 20261126);
  private static final int BATCH = 8;
  private static final int HEADS = 2;
  private static final SigmaLaw LAW = new SigmaLaw.LogUniform(0.1, 0.5);
  private static final Noise ORDER = Purpose.TRAINING_SAMPLES.noise(SEED);
  private static final Noise NOISE = Purpose.COLLAPSE_NOISE.noise(SEED);
  private static final DataSet.Molecules DATA = FewMolecules.in(Notation.SMILES);
  private static final TokenShape SHAPE = DATA.shape();

  /** A first stage, penalties as large as the cross-entropy. */
  private static final class First implements AutoCloseable {
    final Stream stream;
    final Parameters parameters = new Parameters();
    final MemoryPlan memory = new MemoryPlan("test");
    final Slot step;
    final TokenSource source;
    final TokenObjective objective;
    final FirstStage.Rival rival;
    final int batch;

    First(Device device, String method, double weight, int batch) {
      this.batch = batch;
      RunConfig config =
          ConfigFile.of(
              "qm9",
              Map.of(
                  "method",
                  method,
                  "autoencoder.latent",
                  "5",
                  "autoencoder.width",
                  "6",
                  "autoencoder.blocks",
                  "1",
                  "autoencoder.heads",
                  "" + HEADS,
                  "baseline.kl_weight",
                  "" + weight,
                  "baseline.mmd_weight",
                  "" + weight,
                  "baseline.adversary_weight",
                  "" + weight,
                  "baseline.adversary_width",
                  "8"));
      Blueprint blueprint = new Blueprint(parameters, memory, batch, true);
      boolean sild = method.equals("sild");
      rival =
          sild
              ? new FirstStage.Rival(
                  Bottleneck.of(blueprint, config.autoencoder(), DATA.space()),
                  LatentPenalty.NONE,
                  0)
              : FirstStage.Rival.of(config, SEED, blueprint, DATA.space());
      stream = device.openStream();
      source = DATA.training(device, batch, ORDER);
      step = memory.add("step", DType.U8, Step.BYTES);
      objective =
          new TokenObjective(
              parameters,
              rival.network(),
              rival.penalty(),
              rival.weight(),
              source,
              SHAPE,
              sild ? LAW : new SigmaLaw.Fixed(0),
              NOISE,
              memory,
              batch);
      parameters.allocate(device, true);
      memory.allocate(device);
      parameters.initialise(stream, Purpose.INITIAL_AUTOENCODER.noise(SEED));
    }

    /** Mean loss of a batch; gradients are written. */
    double loss(long firstSample) {
      Step.at(firstSample).writeTo(stream, step.view());
      objective.prepare(stream, firstSample, batch);
      objective.gradients(stream, step.view(), batch);
      double sum = 0;
      for (float row : objective.loss().floats()) sum += row;
      return sum / batch;
    }

    @Override
    public void close() {
      source.close();
      memory.close();
      parameters.close();
      stream.close();
    }
  }

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
    try (First first = new First(device, method, 1, BATCH)) {
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
        First first = new First(device, method, 2, BATCH)) {
      Directions.confirm(first.parameters, () -> first.loss(0), SEED);
    }
  }

  /** Cross-entropy + weight · penalty/T, and without its weight the same without the penalty. */
  @ParameterizedTest
  @ValueSource(strings = {"vae", "mmd", "gan"})
  void aPenaltyIsAddedByItsWeight(String method) {
    double weight = 3;
    try (Device device = cpu();
        First with = new First(device, method, weight, BATCH);
        First without = new First(device, method, 0, BATCH)) {
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
        First whole = new First(device, method, 1, BATCH);
        First half = new First(device, method, 1, BATCH / 2)) {
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

  /** The same batch twice, another one between: nothing is left of the one before. */
  @Test
  void aBatchForgetsTheOneBefore() {
    try (Device device = cpu();
        First first = new First(device, "sild", 0, BATCH)) {
      double loss = first.loss(0);
      Map<String, float[]> gradients = gradients(first.parameters);
      assertThat(first.loss(BATCH)).isNotEqualTo(loss);
      assertThat(first.loss(0)).isEqualTo(loss);
      gradients(first.parameters)
          .forEach((name, g) -> assertThat(g).as(name).isEqualTo(gradients.get(name)));
    }
  }
}
