package dev.sild.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.network.Arithmetic.Scalar;
import dev.sild.network.Blueprint;
import dev.sild.network.GradientCheck;
import dev.sild.network.Layer;
import dev.sild.network.Parameters;
import dev.sild.network.Reference;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LatentNetworkTest {
  private static final int LATENT = 3;
  private static final int EMBEDDING = 4;
  private static final double ULP = 0x1p-23;
  private static final Noise NOISE = new Noise(20261122, 1);

  /**
   * At σ = 1 the features are exact; elsewhere they have errors of their own, which
   * TimeEmbeddingTest bounds.
   */
  private static final float[] SIGMA = {1, (float) Math.exp(2), (float) Math.exp(-1), 1};

  @ParameterizedTest
  @CsvSource({"1", "2"})
  void gradientsAreThoseOfItsFormula(int blocks) {
    GradientCheck.confirm(
        SIGMA.length,
        LATENT,
        b -> new AtNoise(b, new LatentPerceptron(b, "net", LATENT, 6, blocks, EMBEDDING, 0, true)),
        (r, x, i) -> r.latent("net", blocks, x, features(r, SIGMA[i])));
  }

  /** cos and sin of 2π f ¼ ln σ, f = ¼ and 8. */
  private static Scalar[] features(Reference r, float sigma) {
    double turn = 2 * Math.PI * 0.25 * Math.log(sigma);
    return r.in()
        .of(Math.cos(turn / 4), Math.cos(8 * turn), Math.sin(turn / 4), Math.sin(8 * turn));
  }

  /** The network at the test's noise levels: a layer of x alone. */
  private static final class AtNoise implements Layer {
    private final LatentNetwork network;
    private final Slot sigma;

    AtNoise(Blueprint blueprint, LatentNetwork network) {
      this.network = network;
      sigma = blueprint.activations().add("test.sigma", SIGMA.length);
    }

    @Override
    public View forward(Stream stream, View x) {
      sigma.view().write(SIGMA);
      return network.forward(stream, x, sigma.view(), null);
    }

    @Override
    public View backward(Stream stream, View dy) {
      return network.backward(stream, dy);
    }
  }

  /** With F = 0, where training begins, D is the best linear denoiser x/(1 + σ²) of unit data. */
  @Test
  void beginsAsTheBestLinearDenoiserOfStandardisedData() {
    try (Inference at = new Inference()) {
      for (double sigma : new double[] {0.01, 1, 40}) {
        float[] d = at.denoise(sigma);
        for (int i = 0; i < d.length; i++) {
          double expected = at.x[i] / (1 + sigma * sigma);
          assertThat((double) d[i]).isCloseTo(expected, within(2 * ULP * Math.abs(expected)));
        }
      }
    }
  }

  /**
   * D = c_skip x + c_out F(c_in x; σ) with the F that training sees: one σ a row. c_skip, c_out,
   * both products and the sum are rounded.
   */
  @Test
  void denoisesByThePreconditioningOfItsForwardPass() {
    try (Inference at = new Inference()) {
      at.parameters.get("net.out.weight").value().write(weights(6 * LATENT));
      double sigma = 0.7;
      float[] d = at.denoise(sigma);
      float[] f = at.forward(sigma);
      double total = 1 + sigma * sigma;
      for (int i = 0; i < d.length; i++) {
        double skip = at.x[i] / total;
        double out = sigma / Math.sqrt(total) * f[i];
        assertThat(Math.abs(f[i])).isPositive();
        assertThat((double) d[i])
            .isCloseTo(skip + out, within(3 * ULP * (Math.abs(skip) + Math.abs(out))));
      }
    }
  }

  @Test
  void aBatchOfManyIsManyBatchesOfOneBitForBit() {
    try (Inference at = new Inference()) {
      at.parameters.get("net.out.weight").value().write(weights(6 * LATENT));
      float[] all = at.denoise(0.3);
      View x = at.input.view();
      View one = at.denoised.view().first(1);
      for (int i = 0; i < x.rows(); i++) {
        at.network.denoise(at.stream, one, x.rows(i, 1), 0.3);
        assertThat(one.floats()).isEqualTo(Arrays.copyOfRange(all, i * LATENT, (i + 1) * LATENT));
      }
    }
  }

  private static float[] weights(int count) {
    float[] weights = new float[count];
    for (int i = 0; i < count; i++) weights[i] = (i * 7 % 5 - 2) / 3f;
    return weights;
  }

  /** A network as training leaves it to sampling, and normal rows x. */
  private static final class Inference implements AutoCloseable {
    private final Device device = Device.open("cpu");
    private final Stream stream = device.openStream();
    private final Parameters parameters = new Parameters();
    private final MemoryPlan plan = new MemoryPlan("test");
    private final LatentNetwork network;
    private final Slot input;
    private final Slot denoised;
    private final Slot levels;
    private final float[] x;

    Inference() {
      Blueprint blueprint = new Blueprint(parameters, plan, 11, false);
      network = new LatentPerceptron(blueprint, "net", LATENT, 6, 2, EMBEDDING, 0, false);
      input = blueprint.rows("x", LATENT);
      denoised = blueprint.rows("d", LATENT);
      levels = blueprint.activations().add("levels", 11);
      parameters.allocate(device, false);
      plan.allocate(device);
      parameters.initialise(stream, NOISE);
      stream.samplerStep(input.view(), null, 0, null, 0, null, 0, 1, NOISE, null, 99);
      x = input.view().floats();
    }

    float[] denoise(double sigma) {
      network.denoise(stream, denoised.view(), input.view(), sigma);
      return denoised.view().floats();
    }

    /** F(c_in x; σ), σ once for each row. */
    float[] forward(double sigma) {
      float[] all = new float[11];
      Arrays.fill(all, (float) sigma);
      levels.view().write(all);
      View scaled = denoised.view();
      double cIn = 1 / Math.sqrt(1 + sigma * sigma);
      stream.samplerStep(scaled, input.view(), cIn, null, 0, null, 0, 0, NOISE, null, 0);
      return network.forward(stream, scaled, levels.view(), null).floats();
    }

    @Override
    public void close() {
      plan.close();
      parameters.close();
      stream.close();
      device.close();
    }
  }
}
