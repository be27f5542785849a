package dev.sild.sild;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.SampleSpace;
import dev.sild.data.TokenShape;
import dev.sild.data.molecule.Notation;
import dev.sild.data.molecule.Vocabulary;
import dev.sild.network.Arithmetic;
import dev.sild.network.Arithmetic.Scalar;
import dev.sild.network.Blueprint;
import dev.sild.network.GradientCheck;
import dev.sild.network.Layer;
import dev.sild.network.Parameter;
import dev.sild.network.Parameters;
import dev.sild.network.Reference;
import dev.sild.network.TokenReference;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AutoencoderTest {
  private static final int D = 5;
  private static final int Z = 2;
  private static final int WIDTH = 6;
  private static final TokenShape TOKENS =
      new TokenShape(3, new Vocabulary(Notation.SMILES, List.of("C", "N", "O")));
  private static final RunConfig.Autoencoder OF_TOKENS =
      new RunConfig.Autoencoder(RunConfig.AutoencoderKind.TOKENS, Z, WIDTH, 1, 0, 2);

  @Test
  void gradientsOfTheBottleneckReachBothHalves() {
    var config = new RunConfig.Autoencoder(RunConfig.AutoencoderKind.BOTTLENECK, Z, WIDTH, 1, 0, 4);
    GradientCheck.confirm(
        4,
        D,
        b -> Bottleneck.of(b, config, SampleSpace.vectors(D)),
        (r, x, _) -> r.mlp("decoder", 1, r.mlp("encoder", 1, x)));
  }

  /** D of tokens is a softmax, token by token; its gradient goes through it. */
  @Test
  void gradientsOfTheBottleneckOfTokensReachBothHalvesThroughTheSoftmax() {
    GradientCheck.confirm(
        4,
        TOKENS.size(),
        b -> Bottleneck.of(b, OF_TOKENS, SampleSpace.molecules(TOKENS)),
        (r, x, _) -> new TokenReference(r, TOKENS.length()).probabilities(logits(r, x)));
  }

  @Test
  void gradientsOfLogitsPassTheSoftmaxBy() {
    GradientCheck.confirm(
        4,
        TOKENS.size(),
        b -> {
          Bottleneck halves = Bottleneck.of(b, OF_TOKENS, SampleSpace.molecules(TOKENS));
          return new Layer() {
            @Override
            public View forward(Stream stream, View x) {
              halves.forward(stream, x);
              return halves.logits();
            }

            @Override
            public View backward(Stream stream, View dy) {
              return halves.backwardEncoder(stream, halves.backwardLogits(stream, dy));
            }
          };
        },
        (r, x, _) -> logits(r, x));
  }

  private static Scalar[] logits(Reference r, Scalar[] x) {
    TokenReference layers = new TokenReference(r, TOKENS.length());
    return layers.decoder("decoder", 1, 2, layers.encoder("encoder", 1, 2, x));
  }

  /** Also where one logit is far above all others: nothing overflows, and a sum is one. */
  @Test
  void rowsOfProbabilitiesAddUpToOne() {
    int rows = 5;
    try (Device device = Device.open("cpu");
        Stream stream = device.openStream();
        Parameters parameters = new Parameters();
        MemoryPlan memory = new MemoryPlan("test")) {
      Blueprint blueprint = new Blueprint(parameters, memory, rows, false);
      Bottleneck network = Bottleneck.of(blueprint, OF_TOKENS, SampleSpace.molecules(TOKENS));
      Slot z = memory.add("z", rows, Z);
      parameters.allocate(device, false);
      memory.allocate(device);
      parameters.initialise(stream, new Noise(1, 1));
      float[] far = parameters.get("decoder.out.bias").value().floats();
      for (float size : new float[] {0, 1000}) {
        far[1] = size;
        parameters.get("decoder.out.bias").value().write(far);
        float[] p = network.decode(stream, z.view()).floats();
        assertThat(p).hasSize(rows * TOKENS.size());
        for (int token = 0; token < rows * TOKENS.length(); token++) {
          double sum = 0;
          for (int v = 0; v < TOKENS.columns(); v++) {
            assertThat(p[token * TOKENS.columns() + v]).isBetween(0f, 1f);
            sum += p[token * TOKENS.columns() + v];
          }
          assertThat(Math.abs(sum - 1)).isLessThanOrEqualTo(TOKENS.columns() * 0x1p-24);
        }
      }
    }
  }

  /** f(x) = V D_W(x) + offset is frozen: the gradients are those of g alone. */
  @Test
  void gradientsOfTheConservativeAutoencoderStopAtItsDecoder() {
    var config =
        new RunConfig.Autoencoder(RunConfig.AutoencoderKind.CONSERVATIVE, Z, WIDTH, 1, 0, 4);
    try (Device device = Device.open("cpu");
        Parameters frozen = new Parameters()) {
      GradientCheck.confirm(
          4,
          D,
          b -> {
            var encoder = new Blueprint(frozen, b.activations(), b.batch(), false);
            Layer network = new ConservativeAutoencoder(encoder, b, config, D);
            frozen.allocate(device, false);
            frozen.all().forEach(p -> p.value().write(weights((int) p.value().elements())));
            return withoutInputGradient(network);
          },
          (r, x, _) -> r.mlp("decoder", 1, latents(r.in(), frozen, x)));
    }
  }

  /** The formula of f over constants; x takes no part in the gradients either, which stop at z. */
  private static Scalar[] latents(Arithmetic in, Parameters frozen, Scalar[] x) {
    Map<String, Scalar[]> constants = new HashMap<>();
    for (Parameter p : frozen.all()) {
      float[] values = p.value().floats();
      Scalar[] scalars = new Scalar[values.length];
      for (int i = 0; i < values.length; i++) scalars[i] = in.of(values[i]);
      constants.put(p.name(), scalars);
    }
    Scalar[] denoised = new Reference(in, constants).conservative("conservative", x);
    Scalar[] z = new Scalar[Z];
    for (int i = 0; i < Z; i++) {
      Scalar[] axis = Reference.row(constants.get("principal.axes"), i, D);
      z[i] = in.plus(in.dot(denoised, axis, null), constants.get("principal.offset")[i]);
    }
    return z;
  }

  private static Layer withoutInputGradient(Layer network) {
    return new Layer() {
      @Override
      public View forward(Stream stream, View x) {
        return network.forward(stream, x);
      }

      @Override
      public View backward(Stream stream, View dy) {
        assertThat(network.backward(stream, dy)).isNull();
        return null;
      }
    };
  }

  private static float[] weights(int count) {
    float[] weights = new float[count];
    for (int i = 0; i < count; i++) weights[i] = (i * 7 % 5 - 2) / 2f;
    return weights;
  }
}
