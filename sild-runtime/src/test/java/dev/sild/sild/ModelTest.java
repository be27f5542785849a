package dev.sild.sild;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sild.Progress;
import dev.sild.bindings.Device;
import dev.sild.data.DataSet;
import dev.sild.training.Training;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a trained model promises to a program that embeds it. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class ModelTest {
  private static final int SEED = 11;
  private static final int D = 5;
  private static final int Z = 3;
  private static final int COUNT = 1000;

  @TempDir static Path scratch;
  private static Device device;
  private static ModelFile.Contents contents;
  private static Model model;
  private static float[] samples;

  @BeforeAll
  static void train() throws IOException {
    System.out.println("seed " + SEED);
    RunConfig config =
        ConfigFile.of(
            "manifold",
            Map.of(
                "data.ambient",
                "5",
                "autoencoder.latent",
                "3",
                "autoencoder.width",
                "48",
                "denoiser.width",
                "32",
                "collapse.steps",
                "100",
                "refine.steps",
                "100",
                "sampling.evaluations",
                "6"));
    device = Device.open("cpu");
    DataSet data = config.data().load(null, SEED);
    contents = new Training(config, SEED, data, device, null, Progress.SILENT, () -> false).train();
    model = new Model(contents, device);
    samples = sample(model, 0, COUNT);
  }

  @AfterAll
  static void close() {
    model.close();
    device.close();
  }

  private static float[] sample(Model model, long first, int count) {
    float[] rows = new float[count * D];
    RunConfig.Sampling sampling = model.config().sampling();
    model.sample(MemorySegment.ofArray(rows), sampling, SEED, first, () -> false);
    return rows;
  }

  private static float[] rows(float[] all, int from, int to) {
    return Arrays.copyOfRange(all, from * D, to * D);
  }

  @Test
  void itKnowsItsSizes() {
    assertThat(model.dimension()).isEqualTo(D);
    assertThat(model.latent()).isEqualTo(Z);
    assertThat(model.config()).isEqualTo(contents.config());
    for (float x : samples) assertThat(x).isFinite();
  }

  @Test
  void aSavedModelDrawsTheSameSamples() throws IOException {
    Path file = scratch.resolve(ModelFile.NAME);
    ModelFile.write(file, contents);
    try (Model byFile = Model.load(file, device);
        Model byFolder = Model.load(scratch, device)) {
      assertThat(sample(byFile, 0, COUNT)).containsExactly(samples);
      assertThat(sample(byFolder, 0, COUNT)).containsExactly(samples);
      assertThat(byFile.contents().config()).isEqualTo(contents.config());
      assertThat(byFile.contents().seed()).isEqualTo(SEED);
    }
    Path again = scratch.resolve("again.safetensors");
    ModelFile.write(again, ModelFile.read(file));
    assertThat(again).hasSameBinaryContentAs(file);
  }

  @Test
  void aSampleDependsOnItsIndexAlone() {
    for (int count : new int[] {1, 31, model.batch() - 1, model.batch(), model.batch() + 1, 300})
      assertThat(sample(model, 0, count)).containsExactly(rows(samples, 0, count));
    for (int first : new int[] {1, 255, 256, 500})
      assertThat(sample(model, first, 77)).containsExactly(rows(samples, first, first + 77));
    float[] preset = new float[31 * D];
    model.sample(MemorySegment.ofArray(preset), SEED);
    assertThat(preset).containsExactly(rows(samples, 0, 31));
    model.sample(MemorySegment.ofArray(preset), SEED + 1);
    assertThat(preset).isNotEqualTo(rows(samples, 0, 31));
    long far = 1L << 40; // beyond what an int counts
    assertThat(sample(model, far + 5, 3)).containsExactly(rows(sample(model, far, 8), 5, 8));
    assertThat(sample(model, far, 8)).isNotEqualTo(rows(samples, 0, 8));
  }

  @Test
  void decodedLatentSamplesAreTheSamples() {
    float[] z = new float[COUNT * Z];
    RunConfig.Sampling sampling = model.config().sampling();
    model.sampleLatents(MemorySegment.ofArray(z), sampling, SEED, 0, () -> false);
    float[] x = new float[COUNT * D];
    model.decode(MemorySegment.ofArray(x), MemorySegment.ofArray(z));
    assertThat(x).containsExactly(samples);
  }

  @Test
  void encodeThenDecodeIsReconstructInAnyBatch() {
    float[] z = new float[COUNT * Z];
    float[] x = new float[COUNT * D];
    float[] y = new float[COUNT * D];
    model.encode(MemorySegment.ofArray(z), MemorySegment.ofArray(samples));
    model.decode(MemorySegment.ofArray(x), MemorySegment.ofArray(z));
    model.reconstruct(MemorySegment.ofArray(y), MemorySegment.ofArray(samples));
    assertThat(y).containsExactly(x);
    float[] one = new float[Z];
    for (int i : new int[] {0, 255, 256, 999}) {
      float[] row = rows(samples, i, i + 1);
      model.encode(MemorySegment.ofArray(one), MemorySegment.ofArray(row));
      assertThat(one).containsExactly(Arrays.copyOfRange(z, i * Z, (i + 1) * Z));
    }
    float[] inPlace = samples.clone();
    MemorySegment same = MemorySegment.ofArray(inPlace);
    model.reconstruct(same, same);
    assertThat(inPlace).containsExactly(y);
  }

  @Test
  void nativeMemoryAndSlicesServeLikeArrays() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment room = arena.allocate(4L * D * 302, 4).fill((byte) 0x7f);
      MemorySegment inside = room.asSlice(4L * D, 4L * D * 300);
      model.sample(inside, SEED);
      assertThat(inside.toArray(ValueLayout.JAVA_FLOAT)).containsExactly(rows(samples, 0, 300));
      for (long at : new long[] {0, 4L * D * 301})
        for (long i = at; i < at + 4L * D; i++)
          assertThat(room.get(ValueLayout.JAVA_BYTE, i)).isEqualTo((byte) 0x7f);
      MemorySegment z = arena.allocate(4L * Z * 300, 4);
      model.encode(z, inside);
      float[] expected = new float[300 * Z];
      model.encode(MemorySegment.ofArray(expected), MemorySegment.ofArray(rows(samples, 0, 300)));
      assertThat(z.toArray(ValueLayout.JAVA_FLOAT)).containsExactly(expected);
    }
    model.sample(MemorySegment.ofArray(new float[0]), SEED); // nothing asked, nothing done
  }

  @Test
  void wrongSizesAreRefused() {
    MemorySegment ragged = MemorySegment.ofArray(new float[D + 1]);
    MemorySegment two = MemorySegment.ofArray(new float[2 * D]);
    MemorySegment codes = MemorySegment.ofArray(new float[3 * Z]);
    List<Runnable> calls =
        List.of(
            () -> model.sample(ragged, SEED),
            () -> model.encode(codes, two),
            () -> model.encode(codes, ragged),
            () -> model.decode(two, codes),
            () -> model.decode(ragged, codes),
            () -> model.reconstruct(two, ragged),
            () -> model.reconstruct(ragged, two));
    for (int i = 0; i < calls.size(); i++)
      assertThatThrownBy(calls.get(i)::run)
          .as("call %d", i)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("rows");
    assertThat(sample(model, 0, 3)).containsExactly(rows(samples, 0, 3)); // and it goes on
  }

  @Test
  void severalThreadsGetTheSameBitsAsOne() throws Exception {
    int threads = 6;
    CountDownLatch start = new CountDownLatch(threads);
    List<Future<float[]>> found = new ArrayList<>();
    try (var pool = Executors.newFixedThreadPool(threads)) {
      for (int t = 0; t < threads; t++) {
        int first = 100 * t;
        found.add(
            pool.submit(() -> {
              start.countDown();
              start.await();
              float[] x = sample(model, first, 400);
              model.reconstruct(MemorySegment.ofArray(x.clone()), MemorySegment.ofArray(x));
              return x;
            }));
      }
      for (int t = 0; t < threads; t++)
        assertThat(found.get(t).get()).containsExactly(rows(samples, 100 * t, 100 * t + 400));
    }
  }

  @Test
  void cancellationStopsAtTheNextEvaluation() {
    AtomicInteger asked = new AtomicInteger();
    float[] rows = new float[COUNT * D];
    RunConfig.Sampling slow = model.config().sampling().withEvaluations(1_000_000);
    assertThatThrownBy(() ->
            model.sample(
                MemorySegment.ofArray(rows), slow, SEED, 0, () -> asked.incrementAndGet() == 5))
        .isInstanceOf(CancellationException.class);
    assertThat(asked).hasValue(5);
    assertThat(sample(model, 0, 3)).containsExactly(rows(samples, 0, 3)); // and it goes on
  }

  @Test
  void closingTwiceIsClosingOnceAndAClosedModelRefuses() {
    Model other = new Model(contents, device);
    assertThat(sample(other, 0, 3)).containsExactly(rows(samples, 0, 3));
    other.close();
    assertThatCode(other::close).doesNotThrowAnyException();
    assertThatThrownBy(() -> sample(other, 0, 3)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() ->
            other.decode(MemorySegment.ofArray(new float[D]), MemorySegment.ofArray(new float[Z])))
        .isInstanceOf(IllegalStateException.class);
    assertThat(sample(model, 0, 3)).containsExactly(rows(samples, 0, 3));
  }

  @Test
  void samplingHasTheSameBitsOnAnyNumberOfThreads() {
    try (Device one =
            dev.sild.bindings.cpu.CpuDevice.open(
                dev.sild.bindings.cpu.CpuDevice.variants().getFirst(), 1);
        Model other = new Model(contents, one)) {
      assertThat(sample(other, 0, 300)).containsExactly(rows(samples, 0, 300));
    }
  }
}
