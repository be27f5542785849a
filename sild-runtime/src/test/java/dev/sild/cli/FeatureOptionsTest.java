package dev.sild.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sild.Purpose;
import dev.sild.bindings.Device;
import dev.sild.data.DataSet;
import dev.sild.data.Npy;
import dev.sild.data.Source;
import dev.sild.evaluation.Frechet;
import dev.sild.evaluation.OnnxNets;
import dev.sild.evaluation.OnnxNets.Pooled;
import dev.sild.sild.Model;
import dev.sild.training.CleanPass;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Measures by networks that the user brings, through the command line. */
class FeatureOptionsTest {
  private static final int SAMPLES = 60;
  private static final int HELD_OUT = 50;
  private static final int SEED = 3;

  @TempDir static Path scratch;
  private static Path run;

  @BeforeAll
  static void train() {
    run = scratch.resolve("run");
    Outcome.good(
        Tiny.train(
            "stacked-digits",
            "--set",
            "evaluation.samples=" + SAMPLES,
            "--set",
            "evaluation.held_out=" + HELD_OUT,
            "--seed",
            "" + SEED,
            "--device",
            "cpu",
            "--out",
            run.toString()));
  }

  private static Outcome evaluate(String... options) {
    String[] args = new String[options.length + 5];
    System.arraycopy(
        new String[] {"evaluate", run.toString(), "--device", "cpu", "--json"}, 0, args, 0, 5);
    System.arraycopy(options, 0, args, 5, options.length);
    return Outcome.of(args);
  }

  private static void mistake(String fragment, String... options) {
    Outcome outcome = evaluate(options);
    assertThat(outcome.err().lines().toList()).hasSize(1);
    assertThat(outcome.err()).startsWith("sild: ").contains(fragment).doesNotContain("unexpected");
    assertThat(outcome.code()).isEqualTo(Main.MISTAKE);
  }

  /** Rows of images and their features by a net, in double. */
  private record Rows(double[][] features) {
    static Rows of(Pooled net, float[] images, int size, boolean unit) {
      double[][] features = new double[images.length / size][];
      for (int i = 0; i < features.length; i++) {
        double[] image = new double[size];
        for (int j = 0; j < size; j++)
          image[j] = unit ? (images[i * size + j] + 1.0) / 2 : images[i * size + j];
        features[i] = net.of(image);
      }
      return new Rows(features);
    }

    Frechet.Gaussian gaussian() {
      int f = features[0].length;
      double[] mean = new double[f];
      double[] covariance = new double[f * f];
      for (double[] row : features) for (int j = 0; j < f; j++) mean[j] += row[j] / features.length;
      for (double[] row : features)
        for (int j = 0; j < f; j++)
          for (int k = 0; k < f; k++)
            covariance[j * f + k] +=
                (row[j] - mean[j]) * (row[k] - mean[k]) / (features.length - 1);
      return new Frechet.Gaussian(mean, covariance);
    }
  }

  private static float[] drawn() throws IOException {
    Path file = scratch.resolve("samples.npy");
    Outcome.good(
        "sample",
        run.toString(),
        "--count",
        "" + SAMPLES,
        "--seed",
        "" + SEED,
        "--device",
        "cpu",
        "--out",
        file.toString());
    return Npy.read(file).data();
  }

  /**
   * Both features of a net are off by at most e an element, so that either Gaussian moves by at
   * most e √(2F) in the metric whose square the Fréchet distance is: by the triangle inequality the
   * distance does by no more than twice that. (The factor 2 covers the n/(n − 1) of the
   * covariance.)
   */
  private static void confirm(double found, Rows a, Rows b, Pooled net) {
    double expected = Frechet.distance(a.gaussian(), b.gaussian());
    double shift = 2 * net.error() * Math.sqrt(2.0 * net.features());
    double tolerance = 2 * Math.sqrt(expected) * shift + shift * shift + 1e-9 * expected;
    System.out.printf("%.9g for %.9g, %.2g allowed%n", found, expected, tolerance);
    assertThat(expected).isPositive();
    assertThat(found).isCloseTo(expected, within(tolerance));
  }

  @Test
  void theFrechetDistancesAndLpipsAreThoseOfTheirDefinition() throws IOException {
    System.out.println("seed " + SEED);
    Pooled coarse = Pooled.of(3, 20, 10, 3, SEED);
    Pooled fine = Pooled.of(3, 20, 4, 5, SEED + 1);
    Path squares = OnnxNets.squares(scratch.resolve("squares.onnx"), 3, true);
    Map<?, ?> result =
        Outcome.good(
                "evaluate",
                run.toString(),
                "--device",
                "cpu",
                "--json",
                "--features",
                coarse.write(scratch.resolve("coarse.onnx"), -1).toString(),
                "--features",
                fine.write(scratch.resolve("fine.onnx"), 7).toString(),
                "--feature-range",
                "0..1",
                "--lpips",
                squares.toString())
            .json();
    Map<?, ?> metrics = (Map<?, ?>) result.get("metrics");
    float[] samples = drawn();
    try (Device device = Device.open("cpu");
        Model model = Model.load(run, device)) {
      DataSet data = model.config().data().load(null, SEED);
      float[] heldOut;
      try (Source source = data.heldOut(device, 256, Purpose.HELD_OUT_SAMPLES.noise(SEED))) {
        heldOut = CleanPass.samples(device, source, HELD_OUT, 256);
      }
      int d = model.dimension();
      for (Map.Entry<String, Pooled> net : Map.of("coarse", coarse, "fine", fine).entrySet())
        confirm(
            (double) metrics.get("frechet_" + net.getKey()),
            Rows.of(net.getValue(), samples, d, true),
            Rows.of(net.getValue(), heldOut, d, true),
            net.getValue());
      float[] reconstructed = new float[heldOut.length];
      model.reconstruct(MemorySegment.ofArray(reconstructed), MemorySegment.ofArray(heldOut));
      double sum = 0;
      for (int i = 0; i < heldOut.length; i++)
        sum += Math.pow((double) heldOut[i] - reconstructed[i], 2);
      double mean = sum / heldOut.length;
      assertThat((double) metrics.get("lpips"))
          .isCloseTo(mean, within((d + 3) * Math.ulp(0.5f) * mean));
    }
    assertThat(metrics.get("fid")).isNull();
    Map<?, ?> counts = (Map<?, ?>) result.get("counts");
    assertThat((String) counts.get("frechet_fine_net"))
        .matches(
            "fine\\.onnx, SHA-256 [0-9a-f]{64}, 5 features, not resized \\(20×20\\), range"
                + " 0\\.\\.1");
    assertThat(counts.get("fine_samples")).isEqualTo(60);
    assertThat(counts.get("fine_reference_samples")).isEqualTo(50);
    for (String measure : List.of("kid_", "precision_", "recall_", "density_", "coverage_"))
      assertThat(metrics.get(measure + "fine")).as(measure).isInstanceOf(Double.class);
    assertThat((String) counts.get("lpips_net"))
        .matches("squares\\.onnx, SHA-256 .*, range -1\\.\\.1; 50 pairs");
    assertThat(run.resolve("report.html")).content().contains("frechet_coarse", "lpips");
  }

  @Test
  void theRangeThatBeginsWithASignIsAnOptionsValue() throws IOException {
    Path file = Pooled.of(3, 20, 10, 3, SEED).write(scratch.resolve("signed.onnx"), -1);
    Map<?, ?> counts =
        (Map<?, ?>)
            Outcome.good(
                    "evaluate",
                    run.toString(),
                    "--features",
                    file.toString(),
                    "--feature-range",
                    "-1..1",
                    "--json")
                .json()
                .get("counts");
    assertThat((String) counts.get("frechet_signed_net")).contains("range -1..1");
  }

  @Test
  void filesThatAreNoSuchNetsAreNamed() throws IOException {
    String net = Pooled.of(3, 20, 10, 3, SEED).write(scratch.resolve("net.onnx"), -1).toString();
    byte[] before = Files.readAllBytes(run.resolve("metrics.json"));
    mistake("nowhere.onnx", "--features", scratch.resolve("nowhere.onnx").toString());
    mistake("metrics.json", "--features", run.resolve("metrics.json").toString());
    mistake("--feature-range 0..255", "--features", net, "--feature-range", "0..255");
    mistake("--feature-threads 0", "--features", net, "--feature-threads", "0");
    mistake("3 features, not 2048; --features", "--inception", net);
    mistake("--lpips", "--lpips", net);
    mistake("frechet_net: rename", "--features", net, "--features", net);
    String digits =
        Pooled.of(3, 20, 10, 3, SEED).write(scratch.resolve("digits.onnx"), -1).toString();
    mistake("frechet_digits: rename", "--features", digits);
    String grey = OnnxNets.means(scratch.resolve("grey.onnx"), 1).toString();
    mistake("takes grey images", "--features", grey);
    assertThat(run.resolve("metrics.json")).hasBinaryContent(before);
  }

  @Test
  void dataThatAreNoImagesHaveNoSuchMeasures() throws IOException {
    String vectors = Tiny.run(Files.createDirectories(scratch.resolve("vectors"))).toString();
    String net = OnnxNets.means(scratch.resolve("means.onnx"), 3).toString();
    for (String option : new String[] {"--features", "--inception", "--lpips"}) {
      Outcome outcome = Outcome.of("evaluate", vectors, option, net);
      assertThat(outcome.err().lines().toList()).hasSize(1);
      assertThat(outcome.err()).contains("measure images");
      assertThat(outcome.code()).isEqualTo(Main.MISTAKE);
    }
  }

  /** ONNX Runtime is optional: what needs it says so, all else goes on. */
  @Test
  void withoutOnnxRuntimeOnlyItsMeasuresAreMissing() throws Exception {
    String net = OnnxNets.means(scratch.resolve("means3.onnx"), 3).toString();
    Outcome missing =
        Outcome.without("onnxruntime", scratch, "evaluate", run.toString(), "--features", net);
    assertThat(missing.err().lines().filter(line -> line.startsWith("sild: "))).hasSize(1);
    assertThat(missing.err()).contains("ONNX Runtime is not on the class path");
    assertThat(missing.code()).isEqualTo(Main.MISTAKE);
    Outcome plain = Outcome.without("onnxruntime", scratch, "evaluate", run.toString());
    assertThat(plain.code()).as(plain.err()).isZero();
  }
}
