package dev.sild.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sild.Progress;
import dev.sild.bindings.Device;
import dev.sild.bindings.Precision;
import dev.sild.bindings.cpu.CpuDevice;
import dev.sild.bindings.cuda.VirtualGpu;
import dev.sild.data.DataSet;
import dev.sild.data.image.Crop;
import dev.sild.data.image.ImageBank;
import dev.sild.sild.Condition;
import dev.sild.sild.ConfigFile;
import dev.sild.sild.Model;
import dev.sild.sild.ModelFile;
import dev.sild.sild.RunConfig;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same training of convolutions on a GPU, real or stood in for. */
class CudaImageTrainingTest {
  private static final int SEED = Integer.getInteger("sild.seed", 20261126);
  private static final int SIDE = 8;
  private static final int COUNT = 24;
  private static final double F32 = 0x1p-24;

  @TempDir Path scratch;

  @BeforeEach
  void aGpuIsNeeded() {
    assumeTrue(VirtualGpu.orReal(), "no GPU and no stand-in: built without nvcc");
    System.out.println("seed " + SEED);
  }

  /** Rounding makes trainings drift apart: how fast, two instruction sets of the processor show. */
  @Test
  void lossCurvesAndSamplesAgreeWithTheProcessors() throws IOException {
    Run reference = run(CpuDevice.open(), "cpu");
    Run other = run(CpuDevice.open("baseline", 2), "baseline");
    Run gpu = run(VirtualGpu.open(Precision.F32_STRICT), "gpu");
    double drift = reference.lossDifference(other);
    double error = reference.lossDifference(gpu);
    System.out.printf("relative difference of the loss: baseline %.2g, GPU %.2g%n", drift, error);
    assertThat(error).isLessThanOrEqualTo(2 * drift + 100 * F32);
    double apart = largest(samples(reference.model, CpuDevice.open("baseline", 2)), reference);
    double onGpu =
        largest(samples(reference.model, VirtualGpu.open(Precision.F32_STRICT)), reference);
    System.out.printf("samples: baseline %.2g, GPU %.2g%n", apart, onGpu);
    assertThat(onGpu).isLessThanOrEqualTo(2 * apart + 100 * F32);
  }

  private record Run(List<Interval> log, ModelFile.Contents model, float[] samples) {
    double lossDifference(Run that) {
      assertThat(that.log).hasSameSizeAs(log).isNotEmpty();
      double worst = 0;
      for (int i = 0; i < log.size(); i++)
        worst = Math.max(worst, Math.abs(that.log.get(i).loss() / log.get(i).loss() - 1));
      assertThat(worst).isNotNaN();
      return worst;
    }
  }

  private Run run(Device device, String name) throws IOException {
    ModelFile.Contents model;
    RunDirectory run = RunDirectory.create(scratch.resolve(name));
    RunConfig config = config();
    run.begin(config, null);
    try (device) {
      model =
          new Training(config, SEED, noise(true), device, run, Progress.SILENT, () -> false)
              .train();
    }
    return new Run(run.intervals(), model, samples(model, CpuDevice.open()));
  }

  /** Of one class, guided. */
  private static float[] samples(ModelFile.Contents contents, Device device) {
    try (device;
        Model model = new Model(contents, device)) {
      RunConfig.Sampling own = model.config().sampling();
      float[] x = new float[2 * model.dimension()];
      model.sample(
          MemorySegment.ofArray(x),
          own.solver(),
          own.levels(),
          new Condition(1, 2, null),
          SEED,
          0,
          () -> false);
      return x;
    }
  }

  private static double largest(float[] found, Run reference) {
    double worst = 0;
    for (int i = 0; i < found.length; i++) {
      assertThat(found[i]).isFinite();
      worst = Math.max(worst, Math.abs(found[i] - reference.samples[i]));
    }
    return worst;
  }

  private static RunConfig config() {
    return ConfigFile.of(
        "images",
        Map.ofEntries(
            Map.entry("data.size", "" + SIDE),
            Map.entry("autoencoder.latent", "2"),
            Map.entry("autoencoder.width", "8"),
            Map.entry("autoencoder.levels", "1"),
            Map.entry("collapse.steps", "10"),
            Map.entry("collapse.batch", "3"),
            Map.entry("collapse.warmup", "3"),
            Map.entry("denoiser.width", "8"),
            Map.entry("denoiser.blocks", "1"),
            Map.entry("denoiser.levels", "1"),
            Map.entry("denoiser.heads", "2"),
            Map.entry("denoiser.embedding", "8"),
            Map.entry("denoiser.conditional", "true"),
            Map.entry("refine.steps", "10"),
            Map.entry("refine.batch", "4"),
            Map.entry("refine.warmup", "3"),
            Map.entry("sampling.evaluations", "4")));
  }

  /** Noise of two colours. */
  static DataSet noise(boolean flips) {
    Random random = new Random(SEED);
    byte[] pixels = new byte[COUNT * 3 * SIDE * SIDE];
    byte[] labels = new byte[COUNT];
    int[] rows = new int[COUNT];
    for (int i = 0; i < COUNT; i++) {
      rows[i] = i;
      labels[i] = (byte) (i % 2);
      for (int p = 0; p < 3 * SIDE * SIDE; p++)
        pixels[i * 3 * SIDE * SIDE + p] = (byte) (64 * (i % 2) + random.nextInt(128));
    }
    ImageBank bank = new ImageBank(MemorySegment.ofArray(pixels), rows, labels, SIDE);
    return new DataSet.Pictures("noise", bank, bank, List.of("dark", "light"), flips, Crop.NONE);
  }
}
