package dev.sild.bindings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import java.util.function.Consumer;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AttentionTest {
  private final Draw draw = new Draw("attention");

  @ParameterizedTest
  @CsvSource({
    "1, 1, 1, 1, CHANNELS_FIRST",
    "31, 1, 8, 2, TOKENS_FIRST",
    "1, 31, 31, 1, CHANNELS_FIRST",
    "3, 31, 24, 3, TOKENS_FIRST",
    "1, 64, 64, 1, TOKENS_FIRST",
    "2, 100, 48, 2, CHANNELS_FIRST",
    "1, 130, 64, 1, CHANNELS_FIRST",
    "1, 257, 17, 1, TOKENS_FIRST",
    "1, 509, 1, 1, CHANNELS_FIRST"
  })
  void forwardAndBackwardAgreeAtEverySize(
      int rows, int tokens, int channels, int heads, TokenLayout layout) {
    Case attention = new Case(draw, rows, tokens, channels, heads, layout, 1);
    attention.confirm(Witness::all);
  }

  /** The processor sums the gradients of so many keys in two parts. */
  @ParameterizedTest
  @CsvSource({"CHANNELS_FIRST", "TOKENS_FIRST"})
  void moreKeysThanTheScratchHoldsAreNoOthers(TokenLayout layout) {
    Case attention = new Case(draw, 1, 1340, 2, 1, layout, 1);
    attention.confirm(test -> Witness.cpu(Precision.F32_STRICT, test));
  }

  @Test
  void sharpSoftmaxesStayFinite() {
    Case attention = new Case(draw, 2, 70, 16, 2, TokenLayout.CHANNELS_FIRST, 20);
    attention.confirm(Witness::all);
  }

  @Test
  void gradientIsTheDerivative() {
    for (TokenLayout layout : TokenLayout.values()) {
      Case attention = new Case(draw, 2, 5, 6, 2, layout, 1);
      double[] gradient = attention.backward(Rounding.DOUBLE).get("dqkv");
      Differences.confirm("dqkv", gradient, attention.qkv, attention::loss);
    }
  }

  @Test
  void equalKeysGiveTheMeanOfTheValues() {
    Case attention = new Case(draw, 1, 40, 8, 1, TokenLayout.TOKENS_FIRST, 1);
    for (int t = 1; t < 40; t++) System.arraycopy(attention.qkv, 8, attention.qkv, t * 24 + 8, 8);
    double[] mean = new double[8];
    for (int t = 0; t < 40; t++)
      for (int c = 0; c < 8; c++) mean[c] += attention.qkv[t * 24 + 16 + c] / 40;
    Expected expected = Expected.of(attention::forward);
    Witness.all(witness -> {
      OnDevice on = new OnDevice(attention, witness);
      expected.admits("y", on.y);
      for (int i = 0; i < 320; i++)
        assertThat((double) on.y.floats()[i]).isCloseTo(mean[i % 8], byRounding(40));
    });
  }

  private static Offset<Double> byRounding(int terms) {
    return within(4.0 * terms * 0x1p-24); // values within ±4
  }

  @Test
  void layoutsGiveTheSameBits() {
    Case first = new Case(draw, 2, 75, 24, 2, TokenLayout.CHANNELS_FIRST, 1);
    Case second = first.turned();
    Witness.all(witness -> {
      OnDevice one = new OnDevice(first, witness);
      OnDevice other = new OnDevice(second, witness);
      float[] y = one.y.floats();
      float[] turned = other.y.floats();
      float[] gradient = one.backward().floats();
      float[] turnedGradient = other.backward().floats();
      for (int b = 0; b < 2; b++)
        for (int t = 0; t < 75; t++) {
          for (int c = 0; c < 24; c++)
            assertThat(turned[second.at(b, t, c, 24)]).isEqualTo(y[first.at(b, t, c, 24)]);
          for (int c = 0; c < 72; c++)
            assertThat(turnedGradient[second.at(b, t, c, 72)])
                .isEqualTo(gradient[first.at(b, t, c, 72)]);
        }
    });
  }

  @Test
  void aSampleIsTheSameInAnyBatch() {
    Case attention = new Case(draw, 5, 33, 8, 2, TokenLayout.CHANNELS_FIRST, 1);
    Witness.all(witness -> {
      OnDevice on = new OnDevice(attention, witness);
      View y = witness.output(1, 8, 33);
      View sums = witness.output(1, 2, 33);
      witness.stream().attentionForward(y, sums, on.qkv.rows(3, 1), 2, TokenLayout.CHANNELS_FIRST);
      assertThat(y.floats()).isEqualTo(on.y.rows(3, 1).floats());
    });
  }

  /** A key meets all queries of its head. */
  @Test
  void nanStaysInItsHead() {
    Case attention = new Case(draw, 2, 70, 8, 2, TokenLayout.CHANNELS_FIRST, 1);
    attention.qkv[attention.at(1, 69, 8 + 4, 24)] = Double.NaN; // key 69 of head 1 of sample 1
    Witness.all(witness -> {
      OnDevice on = new OnDevice(attention, witness);
      float[] y = on.y.floats();
      float[] sums = on.logSumExp.floats();
      float[] gradient = on.backward().floats();
      for (int b = 0; b < 2; b++)
        for (int t = 0; t < 70; t++) {
          for (int c = 0; c < 8; c++)
            assertThat(Float.isNaN(y[attention.at(b, t, c, 8)])).isEqualTo(b == 1 && c >= 4);
          for (int c = 0; c < 24; c++)
            assertThat(Float.isNaN(gradient[attention.at(b, t, c, 24)]))
                .isEqualTo(b == 1 && c % 8 >= 4);
          for (int h = 0; h < 2; h++)
            assertThat(Float.isNaN(sums[(b * 2 + h) * 70 + t])).isEqualTo(b == 1 && h == 1);
        }
    });
  }

  @Test
  void wrongShapesAreNamed() {
    try (Witness witness = Witness.any()) {
      Stream stream = witness.stream();
      View y = witness.output(2, 6, 5);
      View qkv = witness.output(2, 18, 5);
      View sums = witness.output(2, 3, 5);
      TokenLayout layout = TokenLayout.CHANNELS_FIRST;
      assertThatThrownBy(() -> stream.attentionForward(y, sums, qkv, 2, layout))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("attention_forward: logSumExp is F32[2, 3, 5], not F32[2, 2, 5]");
      assertThatThrownBy(() -> stream.attentionForward(y, sums, y, 3, layout))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("attention_forward: qkv is F32[2, 6, 5], not F32[10, 3, 6]");
      assertThatThrownBy(() -> stream.attentionBackward(y, y, y, qkv, sums, 3, layout))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("attention_backward: dqkv is F32[2, 6, 5], not F32[180]");
      View wide = witness.output(1, 65, 1);
      View three = witness.output(1, 195, 1);
      View one = witness.output(1, 1, 1);
      assertThatThrownBy(() -> stream.attentionForward(wide, one, three, 1, layout))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("attention_forward: 65 channels in 1 heads, a head has 1 … 64");
    }
  }

  /** One batch with its reference. */
  private static final class Case {
    final int rows;
    final int tokens;
    final int channels;
    final int heads;
    final TokenLayout layout;
    final double[] qkv;
    final double[] dy;

    Case(
        Draw draw,
        int rows,
        int tokens,
        int channels,
        int heads,
        TokenLayout layout,
        double scale) {
      this(
          rows,
          tokens,
          channels,
          heads,
          layout,
          draw.normal(3L * rows * tokens * channels),
          draw.normal((long) rows * tokens * channels));
      for (int i = 0; i < qkv.length; i++) qkv[i] = (float) (scale * qkv[i]);
    }

    private Case(
        int rows,
        int tokens,
        int channels,
        int heads,
        TokenLayout layout,
        double[] qkv,
        double[] dy) {
      this.rows = rows;
      this.tokens = tokens;
      this.channels = channels;
      this.heads = heads;
      this.layout = layout;
      this.qkv = qkv;
      this.dy = dy;
    }

    /** The same numbers in the layout that puts tokens first. */
    Case turned() {
      Case other =
          new Case(
              rows,
              tokens,
              channels,
              heads,
              TokenLayout.TOKENS_FIRST,
              new double[qkv.length],
              new double[dy.length]);
      for (int b = 0; b < rows; b++)
        for (int t = 0; t < tokens; t++) {
          for (int c = 0; c < 3 * channels; c++)
            other.qkv[other.at(b, t, c, 3 * channels)] = qkv[at(b, t, c, 3 * channels)];
          for (int c = 0; c < channels; c++)
            other.dy[other.at(b, t, c, channels)] = dy[at(b, t, c, channels)];
        }
      return other;
    }

    /** Where channel c of a token stands among so many. */
    int at(int b, int t, int c, int width) {
      return layout == TokenLayout.CHANNELS_FIRST
          ? (b * width + c) * tokens + t
          : (b * tokens + t) * width + c;
    }

    int depth() {
      return channels / heads;
    }

    /** Of part 0 (queries), 1 (keys) or 2 (values). */
    private int at(int part, int b, int h, int t, int i) {
      return at(b, t, part * channels + h * depth() + i, 3 * channels);
    }

    private double score(Rounding p, int b, int h, int t, int k) {
      double sum = 0;
      for (int i = 0; i < depth(); i++)
        sum = p.r(sum + p.r(qkv[at(0, b, h, t, i)] * qkv[at(1, b, h, k, i)]));
      return p.r(sum * p.r(1 / p.r(Math.sqrt(depth()))));
    }

    Map<String, double[]> forward(Rounding p) {
      double[] y = new double[rows * tokens * channels];
      double[] logSumExp = new double[rows * heads * tokens];
      for (int b = 0; b < rows; b++)
        for (int h = 0; h < heads; h++)
          for (int t = 0; t < tokens; t++)
            logSumExp[(b * heads + h) * tokens + t] = forward(p, y, b, h, t);
      return Map.of("y", y, "logSumExp", logSumExp);
    }

    private double forward(Rounding p, double[] y, int b, int h, int t) {
      double[] weights = new double[tokens];
      double largest = Double.NEGATIVE_INFINITY;
      for (int k = 0; k < tokens; k++) {
        weights[k] = score(p, b, h, t, k);
        largest = Math.max(largest, weights[k]);
      }
      double sum = 0;
      for (int k = 0; k < tokens; k++) {
        weights[k] = p.r(Math.exp(p.r(weights[k] - largest)));
        sum = p.r(sum + weights[k]);
      }
      for (int i = 0; i < depth(); i++) {
        double value = 0;
        for (int k = 0; k < tokens; k++)
          value = p.r(value + p.r(weights[k] * qkv[at(2, b, h, k, i)]));
        y[at(b, t, h * depth() + i, channels)] = p.r(value / sum);
      }
      return p.r(largest + p.r(Math.log(sum)));
    }

    Map<String, double[]> backward(Rounding p) {
      var forward = forward(p);
      double[] dqkv = new double[qkv.length];
      for (int b = 0; b < rows; b++)
        for (int h = 0; h < heads; h++)
          for (int t = 0; t < tokens; t++) backward(p, dqkv, forward, b, h, t);
      return Map.of("dqkv", dqkv);
    }

    private void backward(
        Rounding p, double[] dqkv, Map<String, double[]> forward, int b, int h, int t) {
      double scale = p.r(1 / p.r(Math.sqrt(depth())));
      double delta = 0;
      for (int i = 0; i < depth(); i++) {
        int at = at(b, t, h * depth() + i, channels);
        delta = p.r(delta + p.r(dy[at] * forward.get("y")[at]));
      }
      for (int k = 0; k < tokens; k++) {
        double sum = forward.get("logSumExp")[(b * heads + h) * tokens + t];
        double weight = p.r(Math.exp(p.r(score(p, b, h, t, k) - sum)));
        double dp = 0;
        for (int i = 0; i < depth(); i++)
          dp = p.r(dp + p.r(dy[at(b, t, h * depth() + i, channels)] * qkv[at(2, b, h, k, i)]));
        double ds = p.r(p.r(weight * p.r(dp - delta)) * scale);
        for (int i = 0; i < depth(); i++) {
          int q = at(0, b, h, t, i);
          int key = at(1, b, h, k, i);
          int value = at(2, b, h, k, i);
          dqkv[q] = p.r(dqkv[q] + p.r(ds * qkv[key]));
          dqkv[key] = p.r(dqkv[key] + p.r(ds * qkv[q]));
          dqkv[value] = p.r(dqkv[value] + p.r(weight * dy[at(b, t, h * depth() + i, channels)]));
        }
      }
    }

    double loss() {
      return Differences.dot(dy, forward(Rounding.DOUBLE).get("y"));
    }

    void confirm(Consumer<Consumer<Witness>> witnesses) {
      Expected forward = Expected.of(this::forward);
      Expected backward = Expected.of(this::backward);
      witnesses.accept(witness -> {
        OnDevice on = new OnDevice(this, witness);
        forward.admits("y", on.y);
        forward.admits("logSumExp", on.logSumExp);
        backward.admits("dqkv", on.backward());
      });
    }
  }

  /** A batch in the memory of a device, after its forward pass. */
  private static final class OnDevice {
    final Case attention;
    final Witness witness;
    final View qkv;
    final View dy;
    final View y;
    final View logSumExp;

    OnDevice(Case attention, Witness witness) {
      this.attention = attention;
      this.witness = witness;
      qkv = witness.input(attention.qkv, shape(3L * attention.channels));
      dy = witness.input(attention.dy, shape(attention.channels));
      y = witness.output(shape(attention.channels));
      logSumExp = witness.output(attention.rows, attention.heads, attention.tokens);
      witness.stream().attentionForward(y, logSumExp, qkv, attention.heads, attention.layout);
    }

    private long[] shape(long width) {
      return attention.layout == TokenLayout.CHANNELS_FIRST
          ? new long[] {attention.rows, width, attention.tokens}
          : new long[] {(long) attention.rows * attention.tokens, width};
    }

    View backward() {
      View dqkv = witness.output(shape(3L * attention.channels));
      witness.stream()
          .attentionBackward(dqkv, dy, y, qkv, logSumExp, attention.heads, attention.layout);
      return dqkv;
    }
  }
}
