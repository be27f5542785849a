package dev.sild.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sild.Purpose;
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
import dev.sild.bindings.cuda.VirtualGpu;
import dev.sild.data.BankSource;
import dev.sild.data.DataSet;
import dev.sild.data.LabelledImages;
import dev.sild.data.Order;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MappedSourceTest {
  private static final int SEED = 11;
  private static final int COUNT = 7;
  private static final int SIZE = 6;
  private static final int D = 3 * SIZE * SIZE;
  private static final Noise NOISE = Purpose.TRAINING_SAMPLES.noise(SEED);

  private final ImageBank bank = bank();

  private static ImageBank bank() {
    System.out.println("seed " + SEED);
    byte[] pixels = new byte[COUNT * D];
    new Random(SEED).nextBytes(pixels);
    int[] rows = {6, 5, 4, 3, 2, 1, 0};
    byte[] labels = {0, 1, 2, 3, 4, 5, (byte) 200};
    return new ImageBank(MemorySegment.ofArray(pixels), rows, labels, SIZE);
  }

  /** What a sample looks like: x (D), then its label. */
  private static float[][] draw(
      Device device, ImageBank bank, boolean flips, long first, int... batches) {
    float[][] drawn = new float[Arrays.stream(batches).sum()][];
    int most = Arrays.stream(batches).max().orElseThrow();
    try (Stream stream = device.openStream();
        MappedSource source =
            new MappedSource(device, bank, Order.random(bank.count(), flips, NOISE), most);
        MemoryPlan memory = new MemoryPlan("test")) {
      Slot x = memory.add("x", most, D);
      Slot sigma = memory.add("sigma", most);
      Slot step = memory.add("step", DType.U8, Step.BYTES);
      memory.allocate(device);
      int at = 0;
      for (int rows : batches) {
        source.prepare(stream, first + at, rows);
        Step.at(first + at).writeTo(stream, step.view());
        Gather clean = source.batch(stream, step.view(), rows);
        SigmaLaw none = new SigmaLaw.Fixed(0);
        stream.perturb(
            x.view().first(rows), sigma.view().first(rows), clean, none, 0, NOISE, step.view());
        float[] batch = x.view().first(rows).floats();
        int[] labels = source.classes();
        assertThat(labels).hasSize(rows);
        for (int i = 0; i < rows; i++, at++) {
          drawn[at] = Arrays.copyOfRange(batch, i * D, (i + 1) * D + 1);
          drawn[at][D] = labels[i];
        }
      }
    }
    return drawn;
  }

  private float[] wanted(int image, boolean mirrored) {
    float[] x = new float[D + 1];
    MemorySegment pixels = bank.image(image);
    for (int j = 0; j < D; j++) {
      int column = j % SIZE;
      int from = mirrored ? j - column + SIZE - 1 - column : j;
      x[j] = Math.fma(pixels.get(ValueLayout.JAVA_BYTE, from) & 0xFF, 2f / 255, -1);
    }
    x[D] = bank.label(image);
    return x;
  }

  /** Each sample is an image, as it is or mirrored; both come up as often as they should. */
  @Test
  void samplesAreImagesOrTheirMirrorImages() {
    int n = 7000;
    int[][] seen = new int[COUNT][2];
    try (Device device = Device.open("cpu")) {
      for (float[] sample : draw(device, bank, true, 0, n)) {
        for (int image = 0; image < COUNT; image++)
          for (int mirrored = 0; mirrored < 2; mirrored++)
            if (Arrays.equals(sample, wanted(image, mirrored == 1))) seen[image][mirrored]++;
      }
    }
    int sum = 0;
    double bound = 5 * Math.sqrt(n / 14.0); // five standard deviations of 500
    for (int[] image : seen)
      for (int times : image) {
        assertThat((double) times).isBetween(500 - bound, 500 + bound);
        sum += times;
      }
    assertThat(sum).isEqualTo(n);
  }

  @Test
  void aSampleIsAFunctionOfItsNumberAlone() {
    try (Device device = Device.open("cpu")) {
      float[][] whole = draw(device, bank, true, 0, 24);
      assertThat(draw(device, bank, true, 0, 8, 8, 8)).isDeepEqualTo(whole);
      assertThat(draw(device, bank, true, 0, 8, 3, 1, 12)).isDeepEqualTo(whole);
      assertThat(draw(device, bank, true, 10, 14)).isDeepEqualTo(Arrays.copyOfRange(whole, 10, 24));
      long far = 1L << 40;
      assertThat(draw(device, bank, true, far, 4, 4))
          .isDeepEqualTo(draw(device, bank, true, far, 8));
      try (Stream stream = device.openStream();
          MappedSource source =
              new MappedSource(device, bank, Order.random(bank.count(), true, NOISE), 8)) {
        source.prepare(stream, 0, 8); // 8 … 15 are being gathered
        source.prepare(stream, 0, 8);
        byte[] again = new byte[8 * D];
        source.batch(stream, null, 8).data().read(MemorySegment.ofArray(again));
        for (int i = 0; i < 8; i++)
          assertThat(Math.fma(again[i * D] & 0xFF, 2f / 255, -1)).isEqualTo(whole[i][0]);
      }
    }
  }

  @Test
  void withoutFlipsTheRowsAreThoseOfADevicesOwnDrawing() {
    byte[] pixels = new byte[COUNT * D];
    for (int i = 0; i < COUNT; i++) bank.copy(i, false, pixels, i * D);
    var flat = new LabelledImages(pixels, bank.labels(), COUNT, 3 * SIZE, SIZE);
    int n = 100;
    try (Device device = Device.open("cpu");
        Stream stream = device.openStream();
        BankSource lying = BankSource.images(device, flat, 1, n, NOISE);
        MemoryPlan memory = new MemoryPlan("test")) {
      Slot step = memory.add("step", DType.U8, Step.BYTES);
      memory.allocate(device);
      Step.at(5).writeTo(stream, step.view());
      int[] rows = lying.batch(stream, step.view(), n).index().ints();
      float[][] drawn = draw(device, bank, false, 5, n);
      for (int i = 0; i < n; i++) assertThat(drawn[i]).isEqualTo(wanted(rows[i], false));
    }
  }

  @Test
  void devicesSeeTheSame() {
    assumeTrue(VirtualGpu.orReal(), "no GPU and no stand-in: built without nvcc");
    try (Device cpu = Device.open("cpu");
        Device gpu = VirtualGpu.open(Precision.F32_STRICT)) {
      assertThat(draw(gpu, bank, true, 3, 5, 5)).isDeepEqualTo(draw(cpu, bank, true, 3, 10));
    }
  }

  @Test
  void aSetMirrorsWhatItTrainsOnAlone() {
    var set = new DataSet.Pictures("faces", bank, bank, List.of(), true, Crop.NONE);
    assertThat(set.logTrainingSamples()).isEqualTo(Math.log(14));
    assertThat(set.half(0).kept().labels()).containsExactly(0, 2, 4, (byte) 200);
    assertThat(set.half(1).kept().labels()).containsExactly(1, 3, 5);
    assertThat(set.half(1).kept().image(2).mismatch(bank.image(5))).isEqualTo(-1);
    assertThat(set.dimension()).isEqualTo(D);
    try (Device device = Device.open("cpu");
        MappedSource training = set.training(device, 64, NOISE);
        MappedSource heldOut = set.heldOut(device, 64, NOISE);
        Stream stream = device.openStream()) {
      byte[][] seen = new byte[2][64 * D];
      training.prepare(stream, 0, 64);
      heldOut.prepare(stream, 0, 64);
      training.batch(stream, null, 64).data().read(MemorySegment.ofArray(seen[0]));
      heldOut.batch(stream, null, 64).data().read(MemorySegment.ofArray(seen[1]));
      assertThat(training.classes()).isEqualTo(heldOut.classes());
      byte[] row = new byte[D];
      int mirrored = 0;
      for (int i = 0; i < 64; i++) {
        int image = Arrays.asList(0, 1, 2, 3, 4, 5, 200).indexOf(heldOut.classes()[i]);
        bank.copy(image, false, row, 0);
        assertThat(Arrays.copyOfRange(seen[1], i * D, (i + 1) * D)).isEqualTo(row);
        if (!Arrays.equals(seen[0], i * D, (i + 1) * D, row, 0, D)) mirrored++;
      }
      assertThat(mirrored).isBetween(12, 52); // 32 ± 5 standard deviations of 4
    }
  }
}
