package dev.sild.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.sild.Progress;
import dev.sild.bindings.Device;
import dev.sild.bindings.Precision;
import dev.sild.bindings.Stream;
import dev.sild.bindings.cpu.CpuDevice;
import dev.sild.bindings.cuda.VirtualGpu;
import dev.sild.data.DataSet;
import dev.sild.data.TokenShape;
import dev.sild.data.molecule.Notation;
import dev.sild.sild.Condition;
import dev.sild.sild.ConfigFile;
import dev.sild.sild.Method;
import dev.sild.sild.Model;
import dev.sild.sild.ModelFile;
import dev.sild.sild.Optimisation;
import dev.sild.sild.RunConfig;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every method trains on molecules, samples and resumes. */
class TokenTrainingTest {
  private static final int SEED = Integer.getInteger("sild.seed", 20261126);
  private static final double F32 = 0x1p-24;
  private static final DataSet.Molecules DATA = FewMolecules.in(Notation.SELFIES);
  private static final TokenShape SHAPE = DATA.shape();

  @TempDir Path scratch;

  private static RunConfig config(Method method, String... more) {
    Map<String, String> settings =
        new HashMap<>(
            Map.ofEntries(
                Map.entry("method", method.key()),
                Map.entry("autoencoder.latent", "6"),
                Map.entry("autoencoder.width", "8"),
                Map.entry("autoencoder.blocks", "1"),
                Map.entry("autoencoder.heads", "2"),
                Map.entry("collapse.steps", "60"),
                Map.entry("collapse.batch", "8"),
                Map.entry("collapse.warmup", "5"),
                Map.entry("denoiser.width", "16"),
                Map.entry("denoiser.blocks", "1"),
                Map.entry("denoiser.embedding", "8"),
                Map.entry("denoiser.conditional", "true"),
                Map.entry("refine.steps", "60"),
                Map.entry("refine.batch", "8"),
                Map.entry("refine.warmup", "5"),
                Map.entry("baseline.adversary_width", "8"),
                Map.entry("baseline.components", "3"),
                Map.entry("sampling.evaluations", "8")));
    for (int i = 0; i < more.length; i += 2) settings.put(more[i], more[i + 1]);
    return ConfigFile.of("qm9", settings);
  }

  private record Trained(ModelFile.Contents contents, List<Interval> log) {}

  private Trained train(RunConfig config, Device device, String name) throws IOException {
    try (device) {
      RunDirectory run = RunDirectory.create(scratch.resolve(name));
      run.begin(config, null);
      ModelFile.Contents contents =
          new Training(config, SEED, DATA, device, run, Progress.SILENT, () -> false).train();
      return new Trained(contents, run.intervals());
    }
  }

  /** Rounding makes trainings drift apart: how fast, two instruction sets of the processor show. */
  @ParameterizedTest
  @EnumSource(
      value = Method.class,
      names = {"SILD", "VAE", "MMD", "GAN"})
  void theGpuTrainsAsTheProcessorDoes(Method method) {
    assumeThat(VirtualGpu.orReal()).as("a GPU or its stand-in").isTrue();
    RunConfig few = config(method, "collapse.steps", "10");
    List<Interval> one = firstStage(few, CpuDevice.open());
    List<Interval> two = firstStage(few, CpuDevice.open("baseline", 2));
    List<Interval> gpu = firstStage(few, VirtualGpu.open(Precision.F32_STRICT));
    double drift = difference(one, two);
    double error = difference(one, gpu);
    System.out.printf("%s, seed %d: baseline %.2g, GPU %.2g%n", method, SEED, drift, error);
    assertThat(error).isLessThanOrEqualTo(2 * drift + 100 * F32);
  }

  /** The first stage alone: latents of all samples take a stand-in too long. */
  private static List<Interval> firstStage(RunConfig config, Device opened) {
    Stage.Name name = Stage.Name.of(config).getFirst();
    List<Interval> log = new ArrayList<>();
    try (Device device = opened;
        Stream stream = device.openStream()) {
      Stage.Setting setting = new Stage.Setting(config, SEED, DATA, device, stream);
      try (Stage stage = Stage.open(name, setting, null);
          Trainer trainer = stage.trainer(name, setting)) {
        trainer.run(0, log::add);
      }
    }
    return log;
  }

  /** Reconstructions, and samples of one class: rounding may differ as between instruction sets. */
  @Test
  void theGpuDrawsWhatTheProcessorDraws() throws IOException {
    assumeThat(VirtualGpu.orReal()).as("a GPU or its stand-in").isTrue();
    ModelFile.Contents model = train(config(Method.SILD), CpuDevice.open(), "cpu").contents;
    float[] one = drawn(model, CpuDevice.open());
    double apart = largest(one, drawn(model, CpuDevice.open("baseline", 2)));
    double onGpu = largest(one, drawn(model, VirtualGpu.open(Precision.F32_STRICT)));
    System.out.printf("seed %d: baseline %.2g, GPU %.2g%n", SEED, apart, onGpu);
    assertThat(onGpu).isLessThanOrEqualTo(2 * apart + 100 * F32);
  }

  private static float[] drawn(ModelFile.Contents contents, Device opened) {
    try (Device device = opened;
        Model model = new Model(contents, device)) {
      int d = SHAPE.size();
      float[] x = new float[6 * d];
      System.arraycopy(SHAPE.oneHot(DATA.kept().tokens(), 3), 0, x, 0, 3 * d);
      MemorySegment all = MemorySegment.ofArray(x);
      MemorySegment back = all.asSlice(0, 12L * d);
      model.reconstruct(back, back);
      RunConfig.Sampling own = model.config().sampling();
      model.sample(
          all.asSlice(12L * d, 12L * d),
          own.solver(),
          own.levels(),
          new Condition(1, 2, null),
          SEED,
          0,
          () -> false);
      return x;
    }
  }

  private static double largest(float[] a, float[] b) {
    double worst = 0;
    for (int i = 0; i < a.length; i++) worst = Math.max(worst, Math.abs(a[i] - b[i]));
    assertThat(worst).isNotNaN();
    return worst;
  }

  /** Only the order of the sums differs: twice as much as two instruction sets' may, no more. */
  @ParameterizedTest
  @EnumSource(
      value = Method.class,
      names = {"SILD", "VAE"})
  void partsOfBatchesTrainAsWholeOnes(Method method) {
    List<Interval> whole = firstStage(config(method), CpuDevice.open());
    double drift = difference(whole, firstStage(config(method), CpuDevice.open("baseline", 2)));
    RunConfig parts = config(method, "collapse.micro_batch", "2");
    double error = difference(whole, firstStage(parts, CpuDevice.open()));
    System.out.printf("%s, seed %d: baseline %.2g, parts %.2g%n", method, SEED, drift, error);
    assertThat(error).isLessThanOrEqualTo(2 * drift + 100 * F32);
  }

  /** SiLD sees all levels of its preset, and its rivals none, which is called one. */
  @ParameterizedTest
  @EnumSource(
      value = Method.class,
      names = {"SILD", "AE"})
  void onlySildSeesNoise(Method method) {
    Optimisation.Collapse levels = config(method).collapse();
    for (Interval interval : firstStage(config(method), CpuDevice.open())) {
      List<Interval.Bin> bins = interval.bins();
      assertThat(bins.stream().mapToLong(Interval.Bin::count).sum())
          .isEqualTo(8 * (interval.step() == 50 ? 50 : 10));
      if (method == Method.SILD) assertThat(bins).hasSizeGreaterThan(12);
      else assertThat(bins).hasSize(1);
      for (Interval.Bin bin : bins) {
        if (method == Method.SILD)
          assertThat(bin.sigma()).isBetween(levels.sigmaMin(), levels.sigmaMax());
        else assertThat(bin.sigma()).isBetween(0.9, 1.1);
        assertThat(bin.m()).isBetween(0.0, 2.0 * SHAPE.length()); // unit vectors are √2 apart
      }
    }
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

  /** N steps, a stop, and the rest are the same bits as all at once. */
  @ParameterizedTest
  @EnumSource(
      value = Method.class,
      names = {"SILD", "VAE", "MMD", "GAN", "GMM"})
  void aStopCostsNothing(Method method) throws IOException {
    RunConfig config = config(method);
    Trained whole = train(config, CpuDevice.open(), "whole");
    RunDirectory run = RunDirectory.create(scratch.resolve("halves"));
    run.begin(config, null);
    ModelFile.Contents contents = null;
    int stops = 0;
    for (; contents == null; stops++) {
      assertThat(stops).isLessThan(10);
      try (Device device = CpuDevice.open()) {
        contents =
            new Training(config, SEED, DATA, device, run, Progress.SILENT, () -> true).train();
      } catch (CancellationException _) {
        continue; // after 50 steps
      }
    }
    assertThat(stops).isGreaterThan(1);
    assertSame(contents, whole.contents);
    assertThat(run.intervals())
        .extracting(Interval::loss)
        .isEqualTo(whole.log.stream().map(Interval::loss).toList());
    ModelFile.Contents read = ModelFile.read(run.model());
    assertSame(read, contents);
    assertThat(read.space()).isEqualTo(contents.space()).isEqualTo(DATA.space());
    assertThat(read.config()).isEqualTo(config);
  }

  private static void assertSame(ModelFile.Contents found, ModelFile.Contents wanted) {
    assertThat(found.weights().tensors().keySet()).isEqualTo(wanted.weights().tensors().keySet());
    found
        .weights()
        .tensors()
        .forEach((name, tensor) ->
            assertThat(tensor.toFloats())
                .as(name)
                .isEqualTo(wanted.weights().tensors().get(name).toFloats()));
  }

  /** Every training molecule comes back from its latent. */
  @ParameterizedTest
  @EnumSource(
      value = Method.class,
      names = {"SILD", "VAE"})
  void moleculesComeBack(Method method) throws IOException {
    RunConfig config =
        config(
            method,
            "autoencoder.width",
            "24",
            "collapse.steps",
            "500",
            "collapse.batch",
            "32",
            "collapse.warmup",
            "20",
            "collapse.learning_rate",
            "5e-3",
            "denoiser.width",
            "48",
            "refine.steps",
            method == Method.SILD ? "500" : "10",
            "refine.batch",
            "64");
    Trained trained = train(config, Device.open("cpu"), "run");
    int count = DATA.trained().count();
    float[] x = SHAPE.oneHot(DATA.trained().tokens(), count);
    float[] y = new float[x.length];
    try (Device device = Device.open("cpu");
        Model model = new Model(trained.contents, device)) {
      model.reconstruct(MemorySegment.ofArray(y), MemorySegment.ofArray(x));
      assertThat(SHAPE.smiles(y, count)).isEqualTo(SHAPE.smiles(x, count));
      if (method == Method.SILD) labelsAreHeeded(model, new HashSet<>(SHAPE.smiles(x, count)));
    }
  }

  /**
   * Of 200 samples under a label most have it, and most are training molecules. A model that did
   * not heed labels would be right of a third where nitrogen is asked for.
   */
  private static void labelsAreHeeded(Model model, Set<String> known) {
    RunConfig.Sampling own = model.config().sampling();
    int n = 200;
    for (int label = 0; label < 2; label++) {
      float[] x = new float[n * SHAPE.size()];
      Condition condition = new Condition(label, 2, null);
      model.sample(
          MemorySegment.ofArray(x), own.solver(), own.levels(), condition, SEED, 0, () -> false);
      int right = 0;
      int old = 0;
      for (String smiles : SHAPE.smiles(x, n)) {
        if (FewMolecules.label(smiles) == label) right++;
        if (known.contains(smiles)) old++;
      }
      System.out.printf("label %d: %d right, %d known of %d%n", label, right, old, n);
      assertThat(right).isGreaterThan(n * 2 / 3);
      assertThat(old).isGreaterThan(n / 2);
    }
  }
}
