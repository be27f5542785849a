package dev.sild.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sild.Progress;
import dev.sild.bindings.Buffer;
import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.DataSet;
import dev.sild.data.TokenShape;
import dev.sild.data.molecule.Notation;
import dev.sild.data.molecule.TokenBank;
import dev.sild.data.molecule.Vocabulary;
import dev.sild.sild.ConfigFile;
import dev.sild.sild.Model;
import dev.sild.sild.ModelFile;
import dev.sild.sild.RunConfig;
import dev.sild.theory.ExactDenoiser;
import dev.sild.theory.Target;
import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is learned by the cross-entropy is the posterior mean of denoising score matching. */
class TokenPosteriorTest {
  private static final int SEED = Integer.getInteger("sild.seed", 20261126);
  private static final double SIGMA = 0.6; // tokens overlap: the posterior is no certainty
  private static final int SAMPLES = 4000;
  private static final double[] SHARES = {1 / 16.0, 9 / 16.0, 4 / 16.0, 2 / 16.0};
  private static final TokenShape SHAPE =
      new TokenShape(1, new Vocabulary(Notation.SMILES, List.of("C", "N", "O")));

  private static final RunConfig CONFIG =
      ConfigFile.of(
          "qm9",
          Map.ofEntries(
              Map.entry("autoencoder.latent", "4"),
              Map.entry("autoencoder.width", "16"),
              Map.entry("autoencoder.blocks", "1"),
              Map.entry("autoencoder.heads", "1"),
              Map.entry("collapse.sigma_min", "" + SIGMA),
              Map.entry("collapse.sigma_max", "" + SIGMA),
              Map.entry("collapse.steps", "600"),
              Map.entry("collapse.batch", "128"),
              Map.entry("collapse.warmup", "50"),
              Map.entry("collapse.learning_rate", "5e-3"),
              Map.entry("denoiser.width", "8"),
              Map.entry("refine.steps", "1"),
              Map.entry("refine.batch", "64")));

  /** Sixteen molecules of one token. */
  private static DataSet.Molecules data() {
    byte[] tokens = new byte[16];
    int at = 0;
    for (byte v = 0; v < SHARES.length; v++)
      for (int i = 0; i < 16 * SHARES[v]; i++) tokens[at++] = v;
    assertThat(at).isEqualTo(16);
    TokenBank bank = new TokenBank(tokens, 1, Collections.nCopies(16, "C"), new byte[16]);
    return new DataSet.Molecules("tokens", bank, bank, SHAPE, List.of(), "made");
  }

  /** Σ_v p_v e_v with p = softmax_v(−‖x − e_v‖²/2σ² + ln share_v). */
  private static double[] posterior(float[] x, int from) {
    double[] p = new double[SHARES.length];
    double sum = 0;
    for (int v = 0; v < p.length; v++) {
      double square = 0;
      for (int u = 0; u < p.length; u++) square += Math.pow(x[from + u] - (u == v ? 1 : 0), 2);
      p[v] = SHARES[v] * Math.exp(-square / (2 * SIGMA * SIGMA));
      sum += p[v];
    }
    for (int v = 0; v < p.length; v++) p[v] /= sum;
    return p;
  }

  @Test
  void theTrainedDenoiserIsThePosteriorMean() throws Exception {
    System.out.println("seed " + SEED);
    int d = SHAPE.size();
    float[] clean = new float[SAMPLES * d];
    float[] noisy = new float[SAMPLES * d];
    Random random = new Random(SEED);
    for (int i = 0; i < SAMPLES; i++) {
      double u = random.nextDouble();
      int v = 0;
      for (; u >= SHARES[v]; v++) u -= SHARES[v];
      clean[i * d + v] = 1;
      for (int j = 0; j < d; j++)
        noisy[i * d + j] = clean[i * d + j] + (float) (SIGMA * random.nextGaussian());
    }
    float[] learned = new float[noisy.length];
    try (Device device = Device.open("cpu")) {
      Training training =
          new Training(CONFIG, SEED, data(), device, null, Progress.SILENT, () -> false);
      ModelFile.Contents contents = training.train();
      try (Model model = new Model(contents, device)) {
        model.reconstruct(MemorySegment.ofArray(learned), MemorySegment.ofArray(noisy));
      }
    }
    float[] exact = exact(noisy);
    double least = 0;
    double apart = 0;
    double error = 0;
    for (int i = 0; i < SAMPLES; i++) {
      double[] p = posterior(noisy, i * d);
      for (int j = 0; j < d; j++) {
        assertThat((double) exact[i * d + j]).isCloseTo(p[j], within(1e-6));
        least += Math.pow(p[j] - clean[i * d + j], 2) / SAMPLES;
        apart += Math.pow(p[j] - learned[i * d + j], 2) / SAMPLES;
        error += Math.pow(learned[i * d + j] - clean[i * d + j], 2) / SAMPLES;
      }
    }
    System.out.printf("least error %.4f, learned %.4f, apart %.5f%n", least, error, apart);
    assertThat(least).isGreaterThan(0.1);
    assertThat(apart).isLessThan(0.02 * least);
    assertThat(error).isCloseTo(least, within(0.02 * least + 2 * Math.sqrt(apart / SAMPLES)));
  }

  /** The same by the kernel that knows discrete laws. */
  private static float[] exact(float[] noisy) {
    int d = SHAPE.size();
    float[] ones = new float[d * d];
    for (int v = 0; v < d; v++) ones[v * (d + 1)] = 1;
    Target target = new Target("tokens", d, ones, SHARES, 0);
    try (Device device = Device.open("cpu");
        Stream stream = device.openStream();
        ExactDenoiser denoiser = new ExactDenoiser(device, target, SAMPLES);
        Buffer memory = device.allocate(8L * noisy.length)) {
      View x = memory.view(0, DType.F32, SAMPLES, d);
      View denoised = memory.view(4L * noisy.length, DType.F32, SAMPLES, d);
      x.write(noisy);
      denoiser.denoise(stream, denoised, x, SIGMA);
      return denoised.floats();
    }
  }
}
