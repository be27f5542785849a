package dev.sild.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sild.bindings.Activation;
import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.ImageShape;
import dev.sild.network.Arithmetic.Scalar;
import dev.sild.network.Blueprint;
import dev.sild.network.GradientCheck;
import dev.sild.network.ImageReference;
import dev.sild.network.Layer;
import dev.sild.network.Parameters;
import dev.sild.network.Reference;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LatentUNetTest {
  private static final ImageShape LATENT = new ImageShape(2, 4, 2);
  private static final int WIDTH = 4;
  private static final int COLUMNS = 4;
  private static final int CLASSES = 3;
  private static final Noise NOISE = new Noise(20261126, 1);

  /** Where the Fourier features are exact. */
  private static final float[] SIGMA = {1, (float) Math.exp(2)};

  /** The label of one row is shown, that of the other hidden. */
  private static final float[] LABELS = {0, 1, 0, 0, 0, 0};

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void gradientsAreThoseOfItsFormula(boolean labelled) {
    GradientCheck.confirm(
        SIGMA.length,
        LATENT.size(),
        b -> new AtNoise(b, network(b, labelled ? CLASSES : 0, true), labelled),
        (r, x, i) -> formula(r, x, embedding(r, i, labelled)));
  }

  private static LatentUNet network(Blueprint blueprint, int classes, boolean wantsInputGradient) {
    return new LatentUNet(
        blueprint, "net", LATENT, WIDTH, 1, 1, 1, COLUMNS, classes, wantsInputGradient);
  }

  private static Scalar[] embedding(Reference r, int row, boolean labelled) {
    double turn = 2 * Math.PI * 0.25 * Math.log(SIGMA[row]);
    Scalar[] features =
        r.in().of(Math.cos(turn / 4), Math.cos(8 * turn), Math.sin(turn / 4), Math.sin(8 * turn));
    if (!labelled) return r.linear("net.embedding", features, Activation.SILU, null);
    Scalar[] label = new Scalar[CLASSES];
    for (int j = 0; j < CLASSES; j++) label[j] = r.in().of(LABELS[row * CLASSES + j]);
    Scalar[] shift = r.linear("net.label", label, Activation.IDENTITY, null);
    return r.linear("net.embedding", features, Activation.SILU, shift);
  }

  private static Scalar[] formula(Reference rows, Scalar[] x, Scalar[] e) {
    ImageReference r = new ImageReference(rows);
    ImageShape top = new ImageShape(WIDTH, 4, 2);
    ImageShape half = new ImageShape(WIDTH, 2, 1);
    ImageShape low = new ImageShape(2 * WIDTH, 2, 1);
    Scalar[] h = r.conv("net.in", LATENT, 3, x, null);
    Scalar[] left = r.block("net.0.down.0", top, WIDTH, h, e);
    h = r.block("net.0.widen", half, 2 * WIDTH, r.down(top, left), e);
    h = r.attention("net.attention", low, 1, r.block("net.1.down.0", low, 2 * WIDTH, h, e));
    h = r.block("net.0.narrow", low, WIDTH, r.block("net.1.up.0", low, 2 * WIDTH, h, e), e);
    h = r.block("net.0.up.0", top, WIDTH, rows.sum(r.up(half, h), left), e);
    return r.conv("net.out", top, 3, r.groupNorm("net.norm", top, Activation.SILU, h, null), null);
  }

  /** The network at the test's noise levels and labels: a layer of x alone. */
  private static final class AtNoise implements Layer {
    private final LatentUNet network;
    private final boolean labelled;
    private final Slot sigma;
    private final Slot labels;

    AtNoise(Blueprint blueprint, LatentUNet network, boolean labelled) {
      this.network = network;
      this.labelled = labelled;
      sigma = blueprint.activations().add("test.sigma", SIGMA.length);
      labels = blueprint.activations().add("test.labels", SIGMA.length, CLASSES);
    }

    @Override
    public View forward(Stream stream, View x) {
      sigma.view().write(SIGMA);
      labels.view().write(LABELS);
      return network.forward(stream, x, sigma.view(), labelled ? labels.view() : null);
    }

    @Override
    public View backward(Stream stream, View dy) {
      return network.backward(stream, dy);
    }
  }

  /** D(x; σ | label) − D(x; σ) is stretched by w; w = 1 is the first alone, w = 0 the second. */
  @Test
  void guidanceStretchesWhatTheLabelChanges() {
    try (Device device = Device.open("cpu");
        Stream stream = device.openStream();
        Parameters parameters = new Parameters();
        MemoryPlan plan = new MemoryPlan("test")) {
      Blueprint blueprint = new Blueprint(parameters, plan, 5, false);
      LatentUNet network = network(blueprint, CLASSES, false);
      Slot x = blueprint.rows("x", LATENT.size());
      Slot d = blueprint.rows("d", LATENT.size());
      Slot room = blueprint.rows("room", LATENT.size());
      Slot label = plan.add("label", 1, CLASSES);
      parameters.allocate(device, false);
      plan.allocate(device);
      parameters.initialise(stream, NOISE);
      stream.samplerStep(x.view(), null, 0, null, 0, null, 0, 1, NOISE, null, 99);
      View out = parameters.get("net.out.weight").value(); // begins as the zero map
      stream.samplerStep(out, null, 0, null, 0, null, 0, 0.3, NOISE, null, 98);
      label.view().write(0f, 1f, 0f);
      float[][] by = new float[4][];
      double[] weights = {0, 1, 3};
      for (int i = 0; i < weights.length; i++) {
        new Guided(network, label.view(), weights[i], room.view())
            .denoise(stream, d.view(), x.view(), 0.7);
        by[i] = d.view().floats();
      }
      network.denoise(stream, d.view(), x.view(), 0.7);
      assertThat(by[0]).isEqualTo(d.view().floats());
      network.denoise(stream, d.view(), x.view(), 0.7, label.view());
      assertThat(by[1]).isEqualTo(d.view().floats());
      assertThat(Arrays.equals(by[0], by[1])).isFalse();
      for (int j = 0; j < by[0].length; j++) {
        double expected = by[0][j] + 3.0 * (by[1][j] - by[0][j]);
        double rounding = 0x1p-22 * (3 * Math.abs(by[1][j]) + 2 * Math.abs(by[0][j]));
        assertThat(Math.abs(by[2][j] - expected)).isLessThanOrEqualTo(rounding);
      }
    }
  }
}
