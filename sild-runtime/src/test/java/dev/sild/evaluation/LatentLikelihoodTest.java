package dev.sild.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sild.Progress;
import dev.sild.Purpose;
import dev.sild.baseline.GaussianMixture;
import dev.sild.bindings.Device;
import dev.sild.bindings.Precision;
import dev.sild.bindings.cuda.VirtualGpu;
import dev.sild.data.DataSet;
import dev.sild.data.Source;
import dev.sild.data.Tensor;
import dev.sild.network.Weights;
import dev.sild.sild.ConfigFile;
import dev.sild.sild.Latents;
import dev.sild.sild.Model;
import dev.sild.sild.ModelFile;
import dev.sild.sild.RunConfig;
import dev.sild.training.CleanPass;
import dev.sild.training.Training;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

/**
 * Figures of whole models. With its last layer set to zero a denoiser is that of N(0, I), x/(1 +
 * σ²), and everything is known in closed form.
 */
class LatentLikelihoodTest {
  private static final int SEED = Integer.getInteger("sild.seed", 20261126);
  private static final int N = 40;

  private static Device open() {
    return Device.open("cpu", Precision.F32_STRICT);
  }

  private static RunConfig config(String preset, String method) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("method", method);
    settings.put("autoencoder.width", "16");
    settings.put("denoiser.width", "16");
    settings.put("denoiser.blocks", "1");
    settings.put("denoiser.embedding", "8");
    settings.put("collapse.steps", "60");
    settings.put("collapse.batch", "16");
    settings.put("refine.steps", "60");
    settings.put("refine.batch", "16");
    return ConfigFile.of(preset, settings);
  }

  private static ModelFile.Contents trained(RunConfig config, DataSet data, Device device)
      throws IOException {
    return new Training(config, SEED, data, device, null, Progress.SILENT, () -> false).train();
  }

  /** The same model with F = 0. */
  private static ModelFile.Contents normal(ModelFile.Contents contents) {
    Map<String, Tensor> zeros = new LinkedHashMap<>();
    for (String name : new String[] {"denoiser.out.weight", "denoiser.out.bias"}) {
      Tensor trained = contents.weights().tensors().get(name);
      float[] nothing = new float[trained.toFloats().length];
      zeros.put(name, Tensor.of(name, nothing, trained.shape()));
    }
    return new ModelFile.Contents(
        contents.config(),
        contents.seed(),
        contents.space(),
        contents.normalisation(),
        contents.weights().and(new Weights(zeros)));
  }

  private static Measures.Builder measure(
      ModelFile.Contents contents, DataSet data, Device device, LatentLikelihood likelihood) {
    return measure(contents, data, device, likelihood, false);
  }

  private static Measures.Builder measure(
      ModelFile.Contents contents,
      DataSet data,
      Device device,
      LatentLikelihood likelihood,
      boolean cancelled) {
    Measures.Builder out = new Measures.Builder();
    try (Model model = new Model(contents, device)) {
      likelihood.measure(
          new Evaluation(
              model,
              data,
              device,
              SEED,
              null,
              UserNets.NONE,
              likelihood,
              Progress.SILENT,
              () -> cancelled),
          out);
    }
    System.out.println("seed " + SEED + ": " + out.metrics + out.counts);
    return out;
  }

  /** What {@code sampling.Likelihood} makes of N(0, I): r = √((1 + σ_max²)/(1 + σ_min²)). */
  private static double nats(RunConfig config, double squares, int d) {
    double min = config.sampling().sigmaMin();
    double max = config.sampling().sigmaMax();
    double r = Math.sqrt((1 + max * max) / (1 + min * min));
    return r * r * squares / (2 * max * max) - d * Math.log(r / (max * Math.sqrt(2 * Math.PI)));
  }

  /** ‖z‖² of the held-out samples, standardised and not dequantised. */
  private static double meanSquares(DataSet data, Device device, Latents latents) {
    float[] x;
    try (Source source = data.heldOut(device, 256, Purpose.HELD_OUT_SAMPLES.noise(SEED))) {
      x = CleanPass.samples(device, source, N, 256);
    }
    int d = data.dimension();
    double squares = 0;
    for (int i = 0; i < x.length; i++)
      squares += Math.pow((x[i] - latents.mean()[i % d]) / latents.scale()[i % d], 2) / N;
    return squares;
  }

  /**
   * Dequantisation adds w = b (u − ½)/s to a coordinate, b the bin and s the scale: ‖z‖² grows by d
   * b²/12 s² on average, and spreads by 2 ‖z‖ b/(√12 s) a sample; five standard errors of that, and
   * what half the evaluations would change, which is more than the solver's error. Random signs
   * give the exact trace here, for the Jacobian is diagonal.
   */
  @Test
  void bitsOfImagesUnderANormalLawAreThoseOfItsClosedForm() throws IOException {
    RunConfig config = config("stacked-digits", "ambient");
    DataSet data = config.data().load(null, SEED);
    int d = data.dimension();
    try (Device device = open()) {
      ModelFile.Contents contents = normal(trained(config, data, device));
      double squares = meanSquares(data, device, contents.latents());
      double scale = contents.latents().scale()[0];
      double noise = 2.0 / 255 / Math.sqrt(12) / scale;
      double spread = 5 * 0.5 * 2 * Math.sqrt(squares / N) * noise;
      Measures.Builder out = measure(contents, data, device, new LatentLikelihood(N, 1, 64));
      double error = out.metrics.get("latent_nll_step_error");
      double exact = nats(config, squares + d * noise * noise, d);
      assertThat(out.metrics.get("latent_nll")).isCloseTo(exact, within(spread + error));
      assertThat(error / d).isLessThan(0.01); // else that would say little
      double bits = (exact / d + Math.log(scale) + Math.log(127.5)) / Math.log(2);
      assertThat(out.metrics.get("bits_per_dim"))
          .isCloseTo(bits, within((spread + error) / d / Math.log(2)));
      assertThat(out.metrics.get("bits_per_dim_se")).isPositive();
      assertThat(out.counts)
          .containsEntry("likelihood_samples", N)
          .containsEntry("likelihood_probes", 1)
          .containsEntry("likelihood_evaluations", 64);
    }
  }

  /** Latents have no density of the data behind them; the exact trace and its estimate agree. */
  @Test
  void latentsHaveNatsAndNoBits() throws IOException {
    RunConfig config = config("manifold", "sild");
    DataSet data = config.data().load(null, SEED);
    try (Device device = open()) {
      ModelFile.Contents contents = trained(config, data, device);
      Measures.Builder exact = measure(contents, data, device, new LatentLikelihood(N, 0, 16));
      Measures.Builder signs = measure(contents, data, device, new LatentLikelihood(N, 64, 16));
      assertThat(exact.metrics.keySet())
          .containsExactly("latent_nll", "latent_nll_se", "latent_nll_step_error");
      assertThat((String) exact.counts.get("likelihood_of")).contains("no density");
      double spread = signs.metrics.get("latent_nll_se");
      assertThat(signs.metrics.get("latent_nll"))
          .isCloseTo(exact.metrics.get("latent_nll"), within(4 * spread));
    }
  }

  /**
   * N(0, I) as a flow and as a Gaussian mixture of one component: the flow's figure gives ‖z‖², and
   * that the mixture's.
   */
  @Test
  void aMixturesLikelihoodNeedsNoFlow() throws IOException {
    RunConfig config = config("manifold", "ae");
    RunConfig mixed = config("manifold", "gmm");
    DataSet data = config.data().load(null, SEED);
    try (Device device = open()) {
      ModelFile.Contents contents = normal(trained(config, data, device));
      Measures.Builder flow = measure(contents, data, device, new LatentLikelihood(N, 0, 128));
      float[] identity = {1, 0, 0, 0, 1, 0, 0, 0, 1};
      GaussianMixture normal = new GaussianMixture(new float[] {1}, new float[3], identity);
      ModelFile.Contents other =
          new ModelFile.Contents(
              mixed,
              SEED,
              contents.space(),
              contents.normalisation(),
              contents.weights().and(normal.asWeights()));
      Measures.Builder mixture = measure(other, data, device, new LatentLikelihood(N, 0, 128));
      assertThat(mixture.metrics.keySet()).containsExactly("latent_nll", "latent_nll_se");
      assertThat(mixture.counts).containsEntry("likelihood_evaluations", 0);
      double squares = 2 * mixture.metrics.get("latent_nll") - 3 * Math.log(2 * Math.PI);
      assertThat(flow.metrics.get("latent_nll"))
          .isCloseTo(nats(config, squares, 3), within(flow.metrics.get("latent_nll_step_error")));
    }
  }

  /** In f32 on both; twelve evaluations of a few rows, each by some twenty launches. */
  @Test
  void theGpuMeasuresWhatTheProcessorDoes() throws IOException {
    assumeTrue(VirtualGpu.orReal(), "no GPU and no stand-in: built without nvcc");
    RunConfig config = config("manifold", "sild");
    DataSet data = config.data().load(null, SEED);
    LatentLikelihood likelihood = new LatentLikelihood(3, 1, 8);
    try (Device cpu = open();
        Device gpu = VirtualGpu.open(Precision.F32_STRICT)) {
      ModelFile.Contents contents = trained(config, data, cpu);
      double expected = measure(contents, data, cpu, likelihood).metrics.get("latent_nll");
      double found = measure(contents, data, gpu, likelihood).metrics.get("latent_nll");
      assertThat(found).isCloseTo(expected, within(1e-5 * Math.abs(expected)));
    }
  }

  @Test
  void itStopsWhenItIsToldTo() throws IOException {
    RunConfig config = config("manifold", "ambient");
    DataSet data = config.data().load(null, SEED);
    try (Device device = open()) {
      ModelFile.Contents contents = trained(config, data, device);
      LatentLikelihood likelihood = new LatentLikelihood(N, 1, 8);
      assertThatThrownBy(() -> measure(contents, data, device, likelihood, true))
          .isInstanceOf(CancellationException.class);
    }
  }
}
