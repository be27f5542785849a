package dev.sild.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sild.Purpose;
import dev.sild.baseline.AdversarialPenalty;
import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Precision;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Step;
import dev.sild.bindings.Stream;
import dev.sild.bindings.cpu.CpuDevice;
import dev.sild.data.DataSet;
import dev.sild.data.Source;
import dev.sild.network.Blueprint;
import dev.sild.network.Parameter;
import dev.sild.network.Parameters;
import dev.sild.sild.ConfigFile;
import dev.sild.sild.RunConfig;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The rivals' first stages: what their gradients are gradients of. */
class ReconstructionTest {
  private static final int SEED = Integer.getInteger("sild.seed", 20261126);
  private static final int BATCH = 24;

  /** A first stage with weights of its penalty that are as large as the reconstruction's. */
  private static final class Rival implements AutoCloseable {
    final Device device = CpuDevice.open("baseline", 1, Precision.F32_STRICT);
    final Stream stream = device.openStream();
    final Parameters parameters = new Parameters();
    final MemoryPlan memory = new MemoryPlan("test");
    final Slot step;
    final Source source;
    final ReconstructionObjective objective;
    final FirstStage.Rival rival;

    Rival(String method) {
      RunConfig config =
          ConfigFile.of(
              "manifold",
              Map.of(
                  "method", method,
                  "autoencoder.width", "16",
                  "baseline.kl_weight", "1",
                  "baseline.mmd_weight", "10",
                  "baseline.adversary_weight", "2",
                  "baseline.adversary_width", "8"));
      DataSet data = config.data().load(null, SEED);
      Blueprint blueprint = new Blueprint(parameters, memory, BATCH, true);
      rival = FirstStage.Rival.of(config, SEED, blueprint, data.space());
      source = data.training(device, BATCH, Purpose.TRAINING_SAMPLES.noise(SEED));
      step = memory.add("step", DType.U8, Step.BYTES);
      objective =
          new ReconstructionObjective(
              parameters, rival.network(), rival.penalty(), rival.weight(), source, memory, BATCH);
      parameters.allocate(device, true);
      memory.allocate(device);
      parameters.initialise(stream, Purpose.INITIAL_AUTOENCODER.noise(SEED));
    }

    /** Mean loss of the first batch; gradients are written. */
    double loss() {
      Step.at(0).writeTo(stream, step.view());
      objective.prepare(stream, 0, BATCH);
      objective.gradients(stream, step.view(), BATCH);
      double sum = 0;
      for (float row : objective.loss().floats()) sum += row;
      return sum / BATCH;
    }

    @Override
    public void close() {
      source.close();
      memory.close();
      parameters.close();
      stream.close();
      device.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ae", "vae", "mmd", "gan"})
  void gradientsAreThoseOfTheLoss(String method) {
    System.out.println("seed " + SEED);
    try (Rival r = new Rival(method)) {
      Directions.confirm(r.parameters, r::loss, SEED);
    }
  }

  /** The parts of the loss are what they say: rows of squared error, and the penalty's mean. */
  @ParameterizedTest
  @CsvSource({"ae", "vae", "mmd", "gan"})
  void theLossIsReconstructionAndPenalty(String method) {
    try (Rival r = new Rival(method)) {
      double loss = r.loss();
      int dimension = r.source.dimension();
      float[] errors = r.objective.error().floats();
      double expected = 0;
      for (float error : errors) expected += error / dimension / BATCH;
      if (!method.equals("ae")) {
        float[] penalty = r.rival.penalty().value().floats();
        for (float row : penalty) expected += r.rival.weight() * row / BATCH;
        assertThat(Arrays.equals(penalty, new float[BATCH])).isFalse();
      }
      assertThat(loss).isCloseTo(expected, within(8 * 0x1p-24 * Math.abs(loss) * 4));
    }
  }

  /** The adversary's own gradient lowers its cross-entropy: it is right more often after steps. */
  @Test
  void theAdversaryLearnsToTellLatentsFromDraws() {
    try (Rival r = new Rival("gan")) {
      r.loss();
      double mean = mean(r);
      for (int k = 0; k < 200; k++) {
        r.loss();
        for (Parameter p : r.parameters.all()) {
          if (!p.name().startsWith(AdversarialPenalty.NAME)) continue;
          float[] values = p.value().floats();
          float[] g = p.gradient().floats();
          for (int i = 0; i < g.length; i++) values[i] -= 0.5f * g[i];
          p.value().write(values);
        }
      }
      r.loss();
      // −ln P(draw | latent): an adversary that knows latents finds them unlikely draws
      assertThat(mean(r)).isGreaterThan(mean + 0.5);
    }
  }

  private static double mean(Rival r) {
    double sum = 0;
    for (float row : r.rival.penalty().value().floats()) sum += row;
    return sum / BATCH;
  }
}
