package dev.sild.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sild.bindings.cuda.VirtualGpu;
import dev.sild.data.ImageShape;
import dev.sild.data.Vectors;
import dev.sild.data.image.Crop;
import dev.sild.data.image.PictureFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images from a folder through every command. */
class ImageCommandsTest {
  private static final ImageShape SHAPE = new ImageShape(3, Photographs.SIDE, Photographs.SIDE);

  @TempDir static Path scratch;
  private static Path folder;
  private static Path run;
  private static Map<?, ?> trained;

  @BeforeAll
  static void train() throws IOException {
    folder = Photographs.folder(scratch.resolve("discs"), 30);
    run = scratch.resolve("run");
    trained = Outcome.good(Photographs.train(folder, run, "--json")).json();
  }

  private static float[] rows(Path file) {
    return Vectors.read(file).data();
  }

  private static Path sample(String name, String... options) {
    Path out = scratch.resolve(name);
    String[] all = Arrays.copyOf(new String[] {"sample", run.toString()}, 4 + options.length);
    all[2] = "--out";
    all[3] = out.toString();
    System.arraycopy(options, 0, all, 4, options.length);
    Outcome.good(all);
    return out;
  }

  private static String refused(String... args) {
    Outcome outcome = Outcome.of(args);
    assertThat(outcome.code()).as(outcome.err()).isEqualTo(2);
    assertThat(outcome.err().strip().lines()).hasSize(1);
    return outcome.err();
  }

  @Test
  void aRunMeasuresImagesAndShowsThemWhileItIsTrained() {
    Map<?, ?> metrics = (Map<?, ?>) trained.get("metrics");
    for (String name : List.of("reconstruction_mse", "psnr", "ssim", "frechet_random_convolutions"))
      assertThat((Double) metrics.get(name)).as(name).isFinite();
    assertThat((Double) metrics.get("ssim")).isBetween(-1.0, 1.0);
    assertThat(((Map<?, ?>) trained.get("counts")).get("crop")).isEqualTo("none");
    for (String file : List.of("grids/refine-000050.png", "grids/refine-000150.png", "samples.png"))
      assertThat(run.resolve(file)).isNotEmptyFile();
  }

  @Test
  void aLabelChangesWhatIsDrawnAndGuidanceStretchesIt() {
    float[] any = rows(sample("any.npy", "--count", "12"));
    float[] red = rows(sample("red.npy", "--count", "3", "--label", "red"));
    float[] first = rows(sample("first.npy", "--count", "3", "--label", "1", "--guidance", "1"));
    float[] more = rows(sample("more.npy", "--count", "3", "--label", "red", "--guidance", "3"));
    assertThat(first).isEqualTo(red); // classes in the order of their names: blue, red
    assertThat(more).isNotEqualTo(red);
    // without a label each sample has one: here some of the first three are blue
    float[] blue = rows(sample("blue.npy", "--count", "12", "--label", "blue"));
    int reds = 0;
    float[] all = rows(sample("reds.npy", "--count", "12", "--label", "red"));
    for (int i = 0; i < 12; i++) {
      float[] one = Arrays.copyOfRange(any, i * SHAPE.size(), (i + 1) * SHAPE.size());
      boolean isRed =
          Arrays.equals(one, Arrays.copyOfRange(all, i * SHAPE.size(), (i + 1) * SHAPE.size()));
      if (isRed) reds++;
      else
        assertThat(one)
            .isEqualTo(Arrays.copyOfRange(blue, i * SHAPE.size(), (i + 1) * SHAPE.size()));
    }
    assertThat(reds).isBetween(1, 11); // all of one class: once in 2000 seeds
  }

  @Test
  void aMaskKeepsWhatItCoversInBlack() throws IOException {
    Path image = folder.resolve("red-0003.png");
    Path mask = Photographs.mask(scratch.resolve("half.png"), 8);
    float[] drawn =
        rows(sample("half.npy", "--count", "2", "--image", "" + image, "--mask", "" + mask));
    float[] known = PictureFile.read(image, Crop.NONE, SHAPE);
    boolean[] hidden = PictureFile.readMask(mask, Crop.NONE, SHAPE);
    int different = 0;
    for (int i = 0; i < drawn.length; i++) {
      if (!hidden[i % SHAPE.pixels()]) assertThat(drawn[i]).isEqualTo(known[i % SHAPE.size()]);
      else if (drawn[i] != known[i % SHAPE.size()]) different++;
    }
    assertThat(different).isGreaterThan(drawn.length / 4);
    float[] other = Arrays.copyOfRange(drawn, SHAPE.size(), drawn.length);
    assertThat(Arrays.copyOf(drawn, SHAPE.size())).isNotEqualTo(other);
  }

  /** Where all is hidden, nothing is known: samples as without a mask, bit for bit. */
  @Test
  void aMaskThatHidesAllDrawsAsIfThereWereNone() throws IOException {
    Path image = folder.resolve("blue-0003.png");
    Path mask = Photographs.mask(scratch.resolve("white.png"), 0);
    float[] masked =
        rows(
            sample(
                "white.npy",
                "--count",
                "3",
                "--label",
                "red",
                "--image",
                "" + image,
                "--mask",
                "" + mask));
    assertThat(masked).isEqualTo(rows(sample("free.npy", "--count", "3", "--label", "red")));
  }

  @Test
  void interpolationEndsInTheReconstructions() throws IOException {
    Path a = folder.resolve("red-0001.png");
    Path b = folder.resolve("blue-0001.png");
    float[] line = rows(sample("line.npy", "--count", "5", "--interpolate", a + "," + b));
    float[] both = new float[2 * SHAPE.size()];
    for (int i = 0; i < 2; i++)
      System.arraycopy(
          PictureFile.read(List.of(a, b).get(i), Crop.NONE, SHAPE),
          0,
          both,
          i * SHAPE.size(),
          SHAPE.size());
    Path two = scratch.resolve("two.npy");
    dev.sild.data.Npy.write(two, both, new long[] {2, SHAPE.size()});
    Path back = scratch.resolve("back.npy");
    Outcome.good("reconstruct", "" + run, "--data", "" + two, "--out", "" + back);
    float[] ends = rows(back);
    Path single = scratch.resolve("single.npy");
    Outcome.good("reconstruct", "" + run, "--data", "" + a, "--out", "" + single);
    assertThat(rows(single)).isEqualTo(Arrays.copyOf(ends, SHAPE.size()));
    assertThat(Arrays.copyOf(line, SHAPE.size())).isEqualTo(Arrays.copyOf(ends, SHAPE.size()));
    assertThat(Arrays.copyOfRange(line, 4 * SHAPE.size(), 5 * SHAPE.size()))
        .isEqualTo(Arrays.copyOfRange(ends, SHAPE.size(), 2 * SHAPE.size()));
    float[] between = rows(sample("drawn.npy", "--count", "4", "--interpolate"));
    float[] samples = rows(sample("ends.npy", "--count", "2"));
    assertThat(Arrays.copyOf(between, SHAPE.size()))
        .isEqualTo(Arrays.copyOf(samples, SHAPE.size()));
    assertThat(sample("line.png", "--count", "5", "--interpolate", a + "," + b)).isNotEmptyFile();
  }

  @Test
  void everyMethodTrainsOnImages() {
    for (String method : List.of("vae", "ambient")) {
      Path out = scratch.resolve(method);
      Outcome.good(Photographs.train(folder, out, "--method", method));
      assertThat(out.resolve("metrics.json")).isNotEmptyFile();
    }
  }

  @Test
  void evaluationFindsTheSameFigures() throws IOException {
    Map<?, ?> again = Outcome.good("evaluate", "" + run, "--json").json();
    assertThat(again.get("metrics")).isEqualTo(trained.get("metrics"));
  }

  @Test
  void thePlanOfLargeImagesIsPrintedForBothDevices() {
    Outcome plan = Outcome.good("train", "celebahq", "--dry-run", "--set", "collapse.batch=4");
    assertThat(plan.out()).contains("256", "activations", "peak");
    assumeTrue(VirtualGpu.orReal(), "no GPU and no stand-in: built without nvcc");
    Outcome gpu = Outcome.of("train", "celebahq", "--dry-run", "--device", "cuda");
    assertThat(gpu.out()).as(gpu.err()).contains("activations", "peak");
  }

  @Test
  void aPlanThatDoesNotFitIsRefusedWithItsSize() {
    String[] large = {"train", "celebahq", "--dry-run", "--set", "collapse.batch=1000000"};
    assertThat(refused(large)).contains("MiB", "batch");
  }

  @Test
  void mistakesGetOneLine() throws IOException {
    assertThat(refused("train", "images")).contains("--data");
    assertThat(refused("train", "images", "--data", scratch.resolve("nothing").toString()))
        .contains("nothing");
    Path helix = Tiny.helix(scratch);
    assertThat(
            refused(
                "train", "array", "--data", "" + helix, "--set", "autoencoder.kind=convolutional"))
        .contains("images");
    assertThat(refused(Photographs.train(folder, scratch.resolve("x"), "--set", "data.crop=ddim")))
        .contains("128×128");
    String out = scratch.resolve("x.npy").toString();
    String[] sample = {"sample", "" + run, "--count", "2", "--out", out};
    String[] molecules = {"sample", "" + run, "--count", "2", "--out", out.replace(".npy", ".smi")};
    assertThat(refused(molecules)).contains("images, not molecules");
    assertThat(refused(and(sample, "--label", "green"))).contains("blue, red");
    assertThat(refused(and(sample, "--guidance", "2"))).contains("--label");
    assertThat(refused(and(sample, "--mask", "m.png"))).contains("--image");
    assertThat(refused(and(sample, "--image", "a.png", "--mask", "b.png"))).contains("a.png");
    assertThat(refused(and(sample, "--interpolate", "a.png"))).contains("two images");
    Path plain = scratch.resolve("unlabelled");
    Files.createDirectories(plain);
    for (int i = 0; i < 20; i++)
      Files.copy(
          folder.resolve("red-%04d.png".formatted(i)), plain.resolve("d%d.png".formatted(i)));
    assertThat(refused(Photographs.train(plain, scratch.resolve("y")))).contains("labels");
  }

  private static String[] and(String[] args, String... more) {
    String[] all = Arrays.copyOf(args, args.length + more.length);
    System.arraycopy(more, 0, all, args.length, more.length);
    return all;
  }
}
