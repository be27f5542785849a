package dev.sild.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sild.Progress;
import dev.sild.bindings.Device;
import dev.sild.bindings.Precision;
import dev.sild.bindings.Recording;
import dev.sild.bindings.Stream;
import dev.sild.bindings.cpu.CpuDevice;
import dev.sild.bindings.cuda.VirtualGpu;
import dev.sild.data.DataSet;
import dev.sild.network.Parameters.Kind;
import dev.sild.sampling.GaussianMixture;
import dev.sild.sild.ConfigFile;
import dev.sild.sild.Model;
import dev.sild.sild.ModelFile;
import dev.sild.sild.RunConfig;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The same training on a GPU, real or stood in for: the same curve, and nothing in a step waits.
 */
class CudaTrainingTest {
  private static final int SEED = Integer.getInteger("sild.seed", 20261126);
  private static final int BATCH = 16;
  private static final int SAMPLES = 300; // a batch twice, and some

  /** Relative error of one product: f32, and three products of its bf16 halves. */
  private static final double F32 = 0x1p-24;

  private static final double BF16X3 = 4e-6;

  @TempDir Path scratch;

  @BeforeEach
  void aGpuIsNeeded() {
    assumeTrue(VirtualGpu.orReal(), "no GPU and no stand-in: built without nvcc");
    System.out.println("seed " + SEED);
  }

  /**
   * Rounding makes two trainings drift apart: how fast, two instruction sets of the processor show.
   * The GPU may differ by twice that in plain f32, and in bf16x3 by more as its products err more.
   */
  @Test
  void lossCurvesAgreeWithTheProcessors() throws IOException {
    List<Interval> reference = curve(CpuDevice.open(), "cpu");
    double drift = difference(reference, curve(CpuDevice.open("baseline", 2), "baseline"));
    double strict =
        difference(reference, curve(VirtualGpu.open(Precision.F32_STRICT), "f32-strict"));
    double fast = difference(reference, curve(VirtualGpu.open(Precision.F32), "f32"));
    System.out.printf(
        "relative difference of the loss: baseline %.2g, f32-strict %.2g, f32 %.2g%n",
        drift, strict, fast);
    double least = 100 * F32; // a mean of 16 · 50 losses, summed in another order
    assertThat(strict).isLessThanOrEqualTo(2 * drift + least);
    assertThat(fast).isLessThanOrEqualTo(BF16X3 / F32 * (2 * drift + least));
  }

  /** Op by op in plain f32, and the whole trajectory in one launch in bf16x3. */
  @Test
  void samplesOfOneModelAgree() throws IOException {
    ModelFile.Contents contents;
    try (Device cpu = CpuDevice.open()) {
      contents = training(cpu, null).train();
    }
    for (String sampler : List.of("heun", "em", "ode")) {
      float[] expected = samples(contents, CpuDevice.open(), sampler);
      float[] other = samples(contents, CpuDevice.open("baseline", 2), sampler);
      float[] found = samples(contents, VirtualGpu.open(Precision.F32_STRICT), sampler);
      double drift = largest(expected, other);
      double error = largest(expected, found);
      double whole = largest(expected, samples(contents, VirtualGpu.open(Precision.F32), sampler));
      System.out.printf(
          "%s: baseline differs by %.2g, the GPU by %.2g, in one launch by %.2g%n",
          sampler, drift, error, whole);
      assertThat(error).isLessThanOrEqualTo(2 * drift + 100 * F32);
      assertThat(whole).isLessThanOrEqualTo(BF16X3 / F32 * (2 * drift + 100 * F32));
    }
  }

  /** One records its stream while others copy, allocate and launch. */
  @Test
  void threadsOfOneModelDoNotDisturbEachOther() throws Exception {
    ModelFile.Contents contents;
    try (Device cpu = CpuDevice.open()) {
      contents = training(cpu, null).train();
    }
    try (Device device = VirtualGpu.open(Precision.F32_STRICT);
        Model model = new Model(contents, device);
        var callers = Executors.newFixedThreadPool(3)) {
      Callable<float[]> call =
          () -> {
            float[] x =
                new float[3 * model.batch() * model.dimension()]; // direct, recorded, replayed
            model.sample(MemorySegment.ofArray(x), SEED);
            return x;
          };
      float[] alone = call.call();
      for (var result : callers.invokeAll(List.of(call, call, call)))
        assertThat(result.get()).isEqualTo(alone);
    }
  }

  @Test
  void replayIsDirectIssueBitForBit() {
    float[][] replayed = parameters(VirtualGpu.open(Precision.F32), false);
    float[][] direct = parameters(VirtualGpu.open(Precision.F32), true);
    assertThat(replayed).isDeepEqualTo(direct);
  }

  /** Work that takes effect only when something waits for it: no wait is missing. */
  @Test
  void nothingIsReadBeforeItIsThere() {
    assumeTrue(VirtualGpu.present(), "only the stand-in can put work off");
    float[][] prompt = parameters(VirtualGpu.open(Precision.F32), false);
    VirtualGpu.set("delayed", 1);
    try {
      assertThat(parameters(VirtualGpu.open(Precision.F32), false)).isDeepEqualTo(prompt);
    } finally {
      VirtualGpu.set("delayed", 0);
    }
  }

  /** Counted by the stand-in's driver: 50 steps more make no allocation and no host wait more. */
  @Test
  void aStepAllocatesNothingAndWaitsForNothing() {
    assumeTrue(VirtualGpu.present(), "only the stand-in counts");
    long[] few = calls(50);
    long[] many = calls(100);
    long[] more = calls(150);
    System.out.printf(
        "50, 100, 150 steps: %d, %d, %d allocations; %d, %d, %d waits; %d, %d, %d graph launches%n",
        few[0], many[0], more[0], few[1], many[1], more[1], few[2], many[2], more[2]);
    assertThat(many[0]).isEqualTo(few[0]);
    assertThat(more[0]).isEqualTo(few[0]);
    // the host looks once an interval of 50 steps, by a fixed number of reads
    assertThat(more[1] - many[1]).isEqualTo(many[1] - few[1]).isLessThan(10);
    assertThat(more[2] - many[2]).isEqualTo(50);
  }

  private List<Interval> curve(Device device, String name) throws IOException {
    try (device) {
      RunDirectory run = RunDirectory.create(scratch.resolve(name));
      run.begin(config(), null);
      training(device, run).train();
      return run.intervals();
    }
  }

  private static RunConfig config() {
    return ConfigFile.of(
        "manifold",
        Map.ofEntries(
            Map.entry("autoencoder.width", "32"),
            Map.entry("collapse.steps", "150"),
            Map.entry("collapse.batch", "" + BATCH),
            Map.entry("collapse.warmup", "10"),
            Map.entry("denoiser.width", "32"),
            Map.entry("denoiser.blocks", "2"),
            Map.entry("denoiser.embedding", "8"),
            Map.entry("refine.steps", "150"),
            Map.entry("refine.batch", "" + BATCH),
            Map.entry("refine.warmup", "10"),
            Map.entry("sampling.evaluations", "8")));
  }

  private static Training training(Device device, RunDirectory run) throws IOException {
    RunConfig config = config();
    DataSet data = config.data().load(null, SEED);
    return new Training(config, SEED, data, device, run, Progress.SILENT, () -> false);
  }

  private static double difference(List<Interval> a, List<Interval> b) {
    assertThat(b).hasSameSizeAs(a).isNotEmpty();
    double worst = 0;
    for (int i = 0; i < a.size(); i++) {
      double relative = Math.abs(b.get(i).loss() / a.get(i).loss() - 1);
      assertThat(relative).isNotNaN();
      worst = Math.max(worst, relative);
    }
    return worst;
  }

  private static float[] samples(ModelFile.Contents contents, Device device, String sampler) {
    try (device;
        Model model = new Model(contents, device)) {
      RunConfig.Sampling s = contents.config().sampling();
      float[] x = new float[SAMPLES * model.dimension()];
      model.sample(
          MemorySegment.ofArray(x),
          new RunConfig.Sampling(
              sampler, s.sde(), s.schedule(), s.evaluations(), s.sigmaMin(), s.sigmaMax()),
          SEED,
          0,
          () -> false);
      return x;
    }
  }

  private static double largest(float[] a, float[] b) {
    double worst = 0;
    for (int i = 0; i < a.length; i++) {
      assertThat(b[i]).isFinite();
      worst = Math.max(worst, Math.abs(a[i] - b[i]));
    }
    return worst;
  }

  /** Parameters, moments and averages after 60 steps, recorded or not. */
  private static float[][] parameters(Device device, boolean direct) {
    try (MixtureStage stage = stage(device, 60, direct)) {
      stage.trainer.run(0, _ -> {});
      List<float[]> all = new ArrayList<>();
      for (Kind kind : Kind.values())
        if (stage.parameters.has(kind)) all.add(stage.parameters.flat(kind).floats());
      return all.toArray(float[][]::new);
    }
  }

  private static long[] calls(long steps) {
    try (MixtureStage stage = stage(VirtualGpu.open(Precision.F32), steps, false)) {
      VirtualGpu.reset();
      stage.trainer.run(0, _ -> {});
      return new long[] {
        VirtualGpu.get("allocations"),
        VirtualGpu.get("synchronisations"),
        VirtualGpu.get("graph_launches")
      };
    }
  }

  private static MixtureStage stage(Device device, long steps, boolean direct) {
    Stream stream = device.openStream();
    return new MixtureStage(
        device,
        direct ? unrecorded(stream) : stream,
        GaussianMixture.three(),
        MixtureStage.rule(steps, BATCH, 2e-3),
        16,
        1,
        SEED);
  }

  /** The same stream, but what it is to record it issues anew each time. */
  private static Stream unrecorded(Stream stream) {
    return (Stream)
        Proxy.newProxyInstance(
            Stream.class.getClassLoader(),
            new Class<?>[] {Stream.class},
            (_, method, arguments) -> {
              if (method.getName().equals("record")) return again((Runnable) arguments[0]);
              try {
                return method.invoke(stream, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private static Recording again(Runnable work) {
    return new Recording() {
      @Override
      public void run() {
        work.run();
      }

      @Override
      public void close() {}
    };
  }
}
