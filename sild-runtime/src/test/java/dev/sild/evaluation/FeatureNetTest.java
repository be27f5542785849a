package dev.sild.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sild.UserException;
import dev.sild.data.ImageShape;
import dev.sild.data.Resize;
import dev.sild.evaluation.OnnxNets.Pooled;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Features by networks that users bring. */
class FeatureNetTest {
  private static final int SEED = 17;
  private static final ImageShape COLOUR = new ImageShape(3, 20, 20);
  private static final ImageShape GREY = new ImageShape(1, 20, 20);
  private static final Pooled NET = Pooled.of(3, 20, 4, 6, SEED);

  @TempDir Path scratch;

  private static FeatureNet open(Path file, ImageShape images) {
    return FeatureNet.open(file, images, PixelRange.SIGNED, 1);
  }

  private static float[] images(ImageShape shape, int n) {
    System.out.println("seed " + SEED);
    Random random = new Random(SEED);
    float[] images = new float[n * shape.size()];
    for (int i = 0; i < images.length; i++) images[i] = 2 * random.nextFloat() - 1;
    return images;
  }

  private static double[] image(float[] images, int size, int i) {
    double[] image = new double[size];
    for (int j = 0; j < size; j++) image[j] = images[i * size + j];
    return image;
  }

  private static void mistake(String fragment, ThrowingCallable body) {
    assertThatThrownBy(body)
        .isInstanceOf(UserException.class)
        .hasMessageContaining(fragment)
        .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
  }

  /** Any batch and one of the net's own, whole batches and not. */
  @ParameterizedTest
  @ValueSource(ints = {-1, 1, 5, 64})
  void featuresAreThoseOfTheNet(int batch) throws IOException {
    Path file = NET.write(scratch.resolve("my net.onnx"), batch);
    for (int n : new int[] {1, 31, 32, 75}) {
      float[] images = images(COLOUR, n);
      try (FeatureNet net = open(file, COLOUR)) {
        assertThat(net.metric()).isEqualTo("frechet_my net");
        assertThat(net.features()).isEqualTo(6);
        float[] found = net.of(images, n, () -> false);
        assertThat(found).hasSize(6 * n);
        for (int i = 0; i < n; i++) {
          double[] expected = NET.of(image(images, COLOUR.size(), i));
          for (int f = 0; f < 6; f++)
            assertThat((double) found[6 * i + f]).isCloseTo(expected[f], within(NET.error()));
        }
        assertThat(net.of(images, n, () -> false)).containsExactly(found);
      }
    }
  }

  @Test
  void greyImagesAreReplicatedAndResizedAndMoved() throws Exception {
    Path file = NET.write(scratch.resolve("net.onnx"), -1);
    ImageShape small = new ImageShape(1, 10, 7);
    float[] images = images(small, 3);
    try (FeatureNet net = FeatureNet.open(file, small, PixelRange.UNIT, 1)) {
      float[] found = net.of(images, 3, () -> false);
      Resize resize = new Resize(10, 7, 20, 20);
      for (int i = 0; i < 3; i++) {
        float[] resized = new float[400];
        resize.plane(images, 70 * i, resized, 0);
        double[] colour = new double[1200];
        for (int j = 0; j < 1200; j++) colour[j] = (resized[j % 400] + 1.0) / 2;
        double[] expected = NET.of(colour);
        for (int f = 0; f < 6; f++)
          assertThat((double) found[6 * i + f]).isCloseTo(expected[f], within(NET.error()));
      }
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
      assertThat(net.describe())
          .isEqualTo(
              "net.onnx, SHA-256 %s, 6 features, 10×7 resized to 20×20, bilinear, antialiased,"
                      .formatted(HexFormat.of().formatHex(digest))
                  + " grey replicated, range 0..1");
    }
  }

  @Test
  void aNetOfAnySizeSeesTheImagesAsTheyAre() throws IOException {
    Path file = OnnxNets.means(scratch.resolve("means.onnx"), 1);
    ImageShape shape = new ImageShape(1, 4, 6);
    float[] images = images(shape, 2);
    try (FeatureNet net = open(file, shape)) {
      assertThat(net.features()).isEqualTo(1);
      assertThat(net.describe()).contains("not resized (4×6)", "range -1..1");
      float[] found = net.of(images, 2, () -> false);
      for (int i = 0; i < 2; i++)
        assertThat((double) found[i])
            .isCloseTo(
                Arrays.stream(image(images, 24, i)).average().orElseThrow(),
                within((double) (25 * Math.ulp(0.5f))));
    }
  }

  @Test
  void itStopsBetweenBatches() throws IOException {
    Path file = NET.write(scratch.resolve("net.onnx"), 5);
    AtomicInteger asked = new AtomicInteger();
    try (FeatureNet net = open(file, COLOUR)) {
      float[] images = images(COLOUR, 50);
      assertThatThrownBy(() -> net.of(images, 50, () -> asked.incrementAndGet() == 3))
          .isInstanceOf(CancellationException.class);
      assertThat(asked).hasValue(3);
    }
  }

  @Test
  void whatIsNoFeatureNetIsRefused() throws IOException {
    Path text = Files.writeString(scratch.resolve("text.onnx"), "no net");
    mistake("text.onnx: ONNX Runtime cannot open it", () -> open(text, COLOUR));
    mistake("no file", () -> open(scratch.resolve("none.onnx"), COLOUR));
    mistake("no file", () -> open(scratch, COLOUR));
    Path two = OnnxNets.squares(scratch.resolve("two.onnx"), 3, true);
    mistake("2 inputs", () -> open(two, COLOUR));
    Path grey = OnnxNets.means(scratch.resolve("grey.onnx"), 1);
    mistake("takes grey images, the data have 3 channels", () -> open(grey, COLOUR));
    Path four = OnnxNets.means(scratch.resolve("four.onnx"), 4);
    mistake("images of 4 channels", () -> open(four, COLOUR));
    Path same = OnnxNets.identity(scratch.resolve("same.onnx"), 3);
    mistake("not (32, features)", () -> open(same, COLOUR));
    Path logarithms = OnnxNets.logarithms(scratch.resolve("logarithms.onnx"), 3);
    mistake("not finite", () -> open(logarithms, COLOUR));
  }

  @Test
  void onlyInceptionIsCalledSo() throws IOException {
    Path few = Pooled.of(3, 299, 23, 64, SEED).write(scratch.resolve("few.onnx"), -1);
    mistake("64 features, not 2048; --features", () -> inception(few, COLOUR));
    Path grey = Pooled.of(1, 299, 23, 2048, SEED).write(scratch.resolve("grey.onnx"), -1);
    mistake("1 input channel, not 3; --features", () -> inception(grey, GREY));
    Path small = Pooled.of(3, 299, 23, 2048, SEED).write(scratch.resolve("small.onnx"), -1);
    mistake("1038336 parameters, not 21.8 million; --features", () -> inception(small, COLOUR));
    Pooled large = Pooled.of(3, 299, 5, 2048, SEED); // as many numbers as the real one
    Path file = large.write(scratch.resolve("large.onnx"), 1);
    try (FeatureNet net = inception(file, GREY)) {
      assertThat(net.metric()).isEqualTo("fid");
      assertThat(net.features()).isEqualTo(2048);
      assertThat(net.describe()).contains("20×20 resized to 299×299", "grey replicated");
      assertThat(net.of(images(GREY, 1), 1, () -> false)).hasSize(2048);
    }
  }

  private static FeatureNet inception(Path file, ImageShape images) {
    return FeatureNet.inception(file, images, PixelRange.SIGNED, 1);
  }

  @Test
  void lpipsIsTheMeanOfItsPairs() throws IOException {
    Path file = OnnxNets.squares(scratch.resolve("squares.onnx"), 3, true);
    float[] a = images(COLOUR, 75);
    float[] b = new float[a.length];
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      b[i] = a[(i + 1) % a.length];
      sum += Math.pow((double) a[i] - b[i], 2);
    }
    try (Lpips lpips = new Lpips(file, COLOUR, 1)) {
      double mean = sum / a.length;
      double rounding = (COLOUR.size() + 3) * Math.ulp(0.5f) * mean; // of a sum of squares
      assertThat(lpips.mean(a, b, 75, () -> false)).isCloseTo(mean, within(rounding));
      assertThat(lpips.mean(a, a, 75, () -> false)).isZero();
      assertThat(lpips.describe()).contains("squares.onnx, SHA-256 ", "not resized (20×20)");
    }
    Path one = OnnxNets.means(scratch.resolve("one.onnx"), 3);
    mistake("no two images", () -> new Lpips(one, COLOUR, 1));
    Path all = OnnxNets.squares(scratch.resolve("all.onnx"), 3, false);
    mistake("not one number a pair", () -> new Lpips(all, COLOUR, 1));
  }
}
