package dev.sild.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code evaluate --likelihood} through the command line. */
class LikelihoodOptionsTest {
  @TempDir static Path scratch;
  private static Path images;
  private static Path vectors;

  @BeforeAll
  static void train() {
    images = scratch.resolve("images");
    vectors = scratch.resolve("vectors");
    String ambient = "method=ambient";
    Outcome.good(Tiny.train("stacked-digits", "--set", ambient, "--out", images.toString()));
    Outcome.good(Tiny.train("manifold", "--set", ambient, "--out", vectors.toString()));
  }

  private static Map<?, ?> evaluate(Path run, String... options) {
    String[] args = new String[options.length + 3];
    System.arraycopy(new String[] {"evaluate", run.toString(), "--json"}, 0, args, 0, 3);
    System.arraycopy(options, 0, args, 3, options.length);
    return Outcome.good(args).json();
  }

  @Test
  void imagesOfDataSpaceHaveBits() throws IOException {
    Map<?, ?> result =
        evaluate(images, "--likelihood", "20", "--likelihood-evaluations", "9", "--device", "cpu");
    Map<?, ?> metrics = (Map<?, ?>) result.get("metrics");
    Map<?, ?> counts = (Map<?, ?>) result.get("counts");
    int d = 3 * 20 * 20;
    double nll = (double) metrics.get("nll");
    assertThat((double) metrics.get("bits_per_dim"))
        .isCloseTo((nll / d + Math.log(127.5)) / Math.log(2), within(1e-9));
    assertThat((double) metrics.get("latent_nll")).isGreaterThan(nll); // scales below 1
    assertThat(counts.get("likelihood_samples")).isEqualTo(20);
    assertThat(counts.get("likelihood_probes")).isEqualTo(1); // so many dimensions
    assertThat(counts.get("likelihood_evaluations")).isEqualTo(8);
    assertThat(Files.readString(images.resolve("report.html")))
        .contains("−ln p of held-out samples", "bits_per_dim", "dequantised");
  }

  @Test
  void vectorsOfDataSpaceHaveNats() {
    Map<?, ?> result = evaluate(vectors, "--likelihood", "10", "--device", "cpu");
    Map<?, ?> metrics = (Map<?, ?>) result.get("metrics");
    assertThat(metrics.get("nll")).isInstanceOf(Double.class);
    assertThat(metrics.containsKey("bits_per_dim")).isFalse();
    assertThat(((Map<?, ?>) result.get("counts")).get("likelihood_probes")).isEqualTo(0);
  }

  @ParameterizedTest
  @CsvSource({
    "--probes 1, --likelihood",
    "--likelihood-evaluations 8, --likelihood",
    "--likelihood 1, at least 2",
    "--likelihood 9 --probes -1, at least 0",
    "--likelihood 9 --likelihood-evaluations 3, at least 4"
  })
  void whatCannotBeMeant(String options, String fragment) {
    String[] args = ("evaluate " + vectors + " " + options).split(" ");
    Outcome outcome = Outcome.of(args);
    assertThat(outcome.code()).isEqualTo(Main.MISTAKE);
    assertThat(outcome.err().lines().toList()).hasSize(1);
    assertThat(outcome.err()).contains(fragment);
  }
}
