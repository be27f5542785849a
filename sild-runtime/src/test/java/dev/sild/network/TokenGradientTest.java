package dev.sild.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.bindings.cuda.VirtualGpu;
import dev.sild.data.TokenShape;
import dev.sild.data.molecule.Notation;
import dev.sild.data.molecule.Vocabulary;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Written forward and backward passes of the layers of tokens are their formulas and the
 * derivatives of these, on both devices.
 */
class TokenGradientTest {
  private static final List<String> WORDS = List.of("C", "F", "N", "O", "S", "c", "n", "o");

  /** Of T tokens of V kinds, padding among them. */
  public static TokenShape shape(int tokens, int kinds) {
    return new TokenShape(tokens, new Vocabulary(Notation.SMILES, WORDS.subList(0, kinds - 1)));
  }

  /** Samples, tokens, width, heads: sizes that divide nothing, and ones. */
  @ParameterizedTest
  @CsvSource({"1, 1, 1, 1", "1, 7, 6, 1", "3, 1, 6, 2", "2, 5, 9, 3", "3, 3, 7, 7"})
  void ofTokenAttention(int samples, int tokens, int width, int heads) {
    onBoth(
        samples,
        tokens * width,
        b -> new OfTokens(b, tokens, width, heads),
        (r, x, _) -> new TokenReference(r, tokens).attention("attention", heads, x));
  }

  /** Samples, tokens, kinds, width, blocks, heads. */
  @ParameterizedTest
  @CsvSource({"1, 1, 2, 2, 1, 1", "3, 4, 5, 6, 1, 2", "2, 3, 3, 6, 2, 3", "2, 3, 4, 5, 0, 1"})
  void ofTheEncoder(int samples, int tokens, int kinds, int width, int blocks, int heads) {
    TokenShape shape = shape(tokens, kinds);
    onBoth(
        samples,
        shape.size(),
        b -> TokenStack.encoder(b, "encoder", shape, width, blocks, heads, 3),
        (r, x, _) -> new TokenReference(r, tokens).encoder("encoder", blocks, heads, x));
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 2, 2, 1, 1", "3, 4, 5, 6, 1, 2", "2, 3, 3, 6, 2, 3", "2, 3, 4, 5, 0, 1"})
  void ofTheDecoder(int samples, int tokens, int kinds, int width, int blocks, int heads) {
    TokenShape shape = shape(tokens, kinds);
    onBoth(
        samples,
        3,
        b -> TokenStack.decoder(b, "decoder", shape, 3, width, blocks, heads),
        (r, z, _) -> new TokenReference(r, tokens).decoder("decoder", blocks, heads, z));
  }

  private static void onBoth(
      int rows, int inputs, Function<Blueprint, Layer> network, GradientCheck.Formula formula) {
    GradientCheck.confirm(rows, inputs, network, formula);
    assumeTrue(VirtualGpu.orReal(), "no GPU and no stand-in: built without nvcc");
    GradientCheck.confirm(VirtualGpu.shared(), rows, inputs, network, formula);
  }

  /** Attention by itself: rows are samples outside, tokens inside. */
  private static final class OfTokens implements Layer {
    private final TokenAttention attention;
    private final int tokens;
    private final int width;

    OfTokens(Blueprint b, int tokens, int width, int heads) {
      this.tokens = tokens;
      this.width = width;
      Blueprint rows =
          new Blueprint(b.parameters(), b.activations(), b.batch() * tokens, b.training());
      attention = new TokenAttention(rows, "attention", tokens, width, heads);
    }

    @Override
    public View forward(Stream stream, View x) {
      View y = attention.forward(stream, x.reshape(x.rows() * tokens, width));
      return y.reshape(x.rows(), (long) tokens * width);
    }

    @Override
    public View backward(Stream stream, View dy) {
      View dx = attention.backward(stream, dy.reshape(dy.rows() * tokens, width));
      return dx.reshape(dy.rows(), (long) tokens * width);
    }
  }

  /**
   * The embedding of places begins as N(0, 1), all other shifts at zero: without it a token would
   * not know where it stands. Five standard errors of a mean and of a variance.
   */
  @Test
  void placesBeginApart() {
    int n = 24 * 40;
    System.out.println("seed " + GradientCheck.SEED);
    try (Device device = Device.open("cpu");
        Stream stream = device.openStream();
        Parameters parameters = new Parameters();
        MemoryPlan plan = new MemoryPlan("test")) {
      TokenStack.encoder(new Blueprint(parameters, plan, 1, true), "f", shape(24, 5), 40, 1, 4, 3);
      parameters.allocate(device, true);
      plan.allocate(device);
      parameters.initialise(stream, new Noise((int) GradientCheck.SEED, 1));
      float[] shift = parameters.get("f.places.shift").value().floats();
      assertThat(shift).hasSize(n);
      double sum = 0;
      double squares = 0;
      for (float value : shift) sum += value;
      for (float value : shift) squares += value * value;
      assertThat(Math.abs(sum / n)).isLessThan(5 / Math.sqrt(n));
      assertThat(Math.abs(squares / n - 1)).isLessThan(5 * Math.sqrt(2.0 / n));
      assertThat(parameters.get("f.places.gain").value().floats()).containsOnly(1);
      assertThat(parameters.get("f.norm.shift").value().floats()).containsOnly(0);
      assertThat(parameters.get("f.0.attention.norm.shift").value().floats()).containsOnly(0);
    }
  }
}
