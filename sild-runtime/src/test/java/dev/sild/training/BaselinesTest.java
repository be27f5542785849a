package dev.sild.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.sild.Progress;
import dev.sild.bindings.Device;
import dev.sild.bindings.Precision;
import dev.sild.bindings.cpu.CpuDevice;
import dev.sild.bindings.cuda.VirtualGpu;
import dev.sild.data.DataSet;
import dev.sild.sild.ConfigFile;
import dev.sild.sild.Method;
import dev.sild.sild.Model;
import dev.sild.sild.ModelFile;
import dev.sild.sild.RunConfig;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every method trains, samples and resumes, on both devices. */
class BaselinesTest {
  private static final int SEED = Integer.getInteger("sild.seed", 20261126);
  private static final double F32 = 0x1p-24;

  @TempDir Path scratch;

  private static RunConfig config(Method method) {
    return ConfigFile.of(
        "manifold",
        Map.ofEntries(
            Map.entry("method", method.key()),
            Map.entry("autoencoder.width", "32"),
            Map.entry("collapse.steps", "100"),
            Map.entry("collapse.batch", "16"),
            Map.entry("collapse.warmup", "10"),
            Map.entry("denoiser.width", "32"),
            Map.entry("denoiser.blocks", "2"),
            Map.entry("denoiser.embedding", "8"),
            Map.entry("refine.steps", "100"),
            Map.entry("refine.batch", "16"),
            Map.entry("refine.warmup", "10"),
            Map.entry("baseline.kl_weight", "0.01"),
            Map.entry("baseline.adversary_width", "16"),
            Map.entry("baseline.components", "3"),
            Map.entry("sampling.evaluations", "8")));
  }

  private record Trained(ModelFile.Contents contents, List<Interval> log, float[] samples) {}

  private Trained train(Method method, Device device, String name) throws IOException {
    try (device) {
      RunDirectory run = RunDirectory.create(scratch.resolve(name));
      RunConfig config = config(method);
      run.begin(config, null);
      DataSet data = config.data().load(null, SEED);
      ModelFile.Contents contents =
          new Training(config, SEED, data, device, run, Progress.SILENT, () -> false).train();
      return new Trained(contents, run.intervals(), samples(contents, device));
    }
  }

  private static float[] samples(ModelFile.Contents contents, Device device) {
    try (Model model = new Model(contents, device)) {
      float[] x = new float[300 * model.dimension()];
      model.sample(MemorySegment.ofArray(x), SEED);
      for (float value : x) assertThat(value).isFinite();
      float[] some = java.util.Arrays.copyOf(x, 7 * model.dimension());
      float[] again = new float[some.length];
      model.sample(MemorySegment.ofArray(again), SEED); // a sample does not depend on the count
      assertThat(again).isEqualTo(some);
      return x;
    }
  }

  /** The GPU's curve differs from the processor's by twice what two instruction sets' differ. */
  @ParameterizedTest
  @EnumSource(Method.class)
  void theGpuTrainsAsTheProcessorDoes(Method method) throws IOException {
    assumeThat(VirtualGpu.orReal()).as("a GPU or its stand-in").isTrue();
    Trained one = train(method, CpuDevice.open(), "cpu");
    Trained two = train(method, CpuDevice.open("baseline", 2), "baseline");
    Trained gpu = train(method, VirtualGpu.open(Precision.F32_STRICT), "gpu");
    double drift = difference(one, two);
    double error = difference(one, gpu);
    System.out.printf("%s, seed %d: baseline %.2g, GPU %.2g%n", method, SEED, drift, error);
    assertThat(error).isLessThanOrEqualTo(2 * drift + 100 * F32);
  }

  private static double difference(Trained a, Trained b) {
    assertThat(b.log).hasSameSizeAs(a.log).isNotEmpty();
    double worst = 0;
    for (int i = 0; i < a.log.size(); i++) {
      double relative = Math.abs(b.log.get(i).loss() / a.log.get(i).loss() - 1);
      assertThat(relative).isNotNaN();
      worst = Math.max(worst, relative);
    }
    return worst;
  }

  /** N steps, a stop, and the rest are the same bits as all at once. */
  @ParameterizedTest
  @EnumSource(Method.class)
  void aStopCostsNothing(Method method) throws IOException {
    Trained whole = train(method, CpuDevice.open(), "whole");
    RunConfig config = config(method);
    RunDirectory run = RunDirectory.create(scratch.resolve("halves"));
    run.begin(config, null);
    DataSet data = config.data().load(null, SEED);
    ModelFile.Contents contents = null;
    for (int stops = 0; contents == null; stops++) {
      assertThat(stops).isLessThan(10);
      try (Device device = CpuDevice.open()) {
        contents =
            new Training(config, SEED, data, device, run, Progress.SILENT, () -> true).train();
      } catch (CancellationException _) {
        continue; // after 50 steps
      }
    }
    contents
        .weights()
        .tensors()
        .forEach((name, tensor) ->
            assertThat(tensor.toFloats())
                .as(name)
                .isEqualTo(whole.contents.weights().tensors().get(name).toFloats()));
    assertThat(run.intervals())
        .extracting(Interval::loss)
        .isEqualTo(whole.log.stream().map(Interval::loss).toList());
  }

  /** The mixture's encoder may be the autoencoder's, if that is there: the same bits. */
  @org.junit.jupiter.api.Test
  void aSharedFirstStageIsTheSame() throws IOException {
    Trained alone = train(Method.GMM, CpuDevice.open(), "alone");
    train(Method.AE, CpuDevice.open(), "ae");
    RunDirectory run = RunDirectory.create(scratch.resolve("shared"));
    RunConfig config = config(Method.GMM);
    assertThat(config.sharesFirstStage(config(Method.AE))).isTrue();
    assertThat(config.sharesFirstStage(config(Method.VAE))).isFalse();
    Training.shareFirstStage(RunDirectory.open(scratch.resolve("ae")), run);
    run.begin(config, null);
    DataSet data = config.data().load(null, SEED);
    try (Device device = CpuDevice.open()) {
      var shared =
          new Training(config, SEED, data, device, run, Progress.SILENT, () -> false).train();
      assertThat(samples(shared, device)).isEqualTo(alone.samples);
    }
    assertThat(run.intervals())
        .extracting(Interval::loss)
        .isEqualTo(alone.log.stream().map(Interval::loss).toList());
  }
}
