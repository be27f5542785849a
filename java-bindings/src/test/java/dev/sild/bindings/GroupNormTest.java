package dev.sild.bindings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GroupNormTest {
  private final Draw draw = new Draw("group norm");

  @ParameterizedTest
  @CsvSource({
    "1, 1, 1, 1, OWN, SILU",
    "31, 8, 1, 4, OWN, SILU",
    "1, 6, 31, 3, SHARED, SILU",
    "31, 2, 31, 1, NONE, SILU",
    "3, 2, 1021, 2, OWN, IDENTITY",
    "2, 3, 1021, 1, SHARED, SILU",
    "4, 32, 16, 8, OWN, SILU",
    "1, 40, 601, 1, OWN, SILU",
    "2, 12, 49, 4, NONE, IDENTITY",
    "1, 1, 9001, 1, OWN, SILU",
    "2, 4, 4096, 2, NONE, SILU",
    "1, 1, 65540, 1, OWN, SILU"
  })
  void forwardAndBackwardAgreeAtEverySize(
      int rows, int channels, int pixels, int groups, Modulated modulated, Activation activation) {
    Case norm = new Case(draw, rows, channels, pixels, groups, modulated, activation, 1);
    norm.confirm(Witness::all);
  }

  /** The processor sums the channels' gradients in two parts. */
  @Test
  void moreSamplesThanTheScratchHoldsAreNoOthers() {
    Case norm = new Case(draw, 8200, 192, 1, 2, Modulated.SHARED, Activation.SILU, 0);
    norm.confirm(test -> Witness.cpu(Precision.F32_STRICT, test));
  }

  @Test
  void aLargeMeanCostsNoMoreThanInPlainArithmetic() {
    Case norm = new Case(draw, 3, 4, 1021, 2, Modulated.OWN, Activation.SILU, 1000);
    norm.confirm(Witness::all);
  }

  /**
   * 2¹⁷ numbers near 100: a running sum of f32 would lose a tenth of each that it adds, sixteen of
   * them a thousandth. Sums of about 64 and a tree over them lose 70 u at most. The variance also
   * has the square of the mean's error.
   */
  @Test
  void aLongGroupLosesNoDigits() {
    int n = 1 << 17;
    double low = (float) 100.1;
    double high = (float) 100.7;
    Case norm = new Case(draw, 1, 2, n / 2, 1, Modulated.NONE, Activation.IDENTITY, 0);
    for (int i = 0; i < n; i++) norm.x[i] = i % 2 == 0 ? low : high;
    double deviation = (high - low) / 2;
    Witness.all(witness -> {
      OnDevice on = new OnDevice(norm, witness);
      assertThat((double) on.mean.floats()[0])
          .isCloseTo((low + high) / 2, within(100 * 70 * 0x1p-24));
      assertThat((double) on.rstd.floats()[0])
          .isCloseTo(1 / Math.sqrt(deviation * deviation + 1e-5), within(3.4 * 0x1p-17));
    });
  }

  @ParameterizedTest
  @CsvSource({"OWN, SILU", "NONE, IDENTITY"})
  void gradientIsTheDerivative(Modulated modulated, Activation activation) {
    Case norm = new Case(draw, 2, 4, 3, 2, modulated, activation, 0.5);
    var gradient = norm.backward(Rounding.DOUBLE, null);
    Differences.confirm("dx", gradient.get("dx"), norm.x, norm::loss);
    Differences.confirm("dgain", gradient.get("dgain"), norm.gain, norm::loss);
    Differences.confirm("dshift", gradient.get("dshift"), norm.shift, norm::loss);
    if (modulated == Modulated.OWN)
      Differences.confirm("dmodulation", gradient.get("dmodulation"), norm.modulation, norm::loss);
  }

  @ParameterizedTest
  @CsvSource({"3, 6, 31, 2", "5, 4, 64, 4", "1, 1, 65540, 1"})
  void backwardAddsWhereItIsAsked(int rows, int channels, int pixels, int groups) {
    Case norm = new Case(draw, rows, channels, pixels, groups, Modulated.OWN, Activation.SILU, 0);
    double[] before = draw.normal(norm.x.length);
    Expected added = Expected.of(p -> norm.backward(p, before));
    Witness.all(witness -> {
      OnDevice on = new OnDevice(norm, witness);
      View dx = witness.state(before, rows, channels, pixels);
      on.backward(dx, on.dy, true);
      added.admits("dx", dx);
    });
  }

  @ParameterizedTest
  @CsvSource({"IDENTITY", "SILU"})
  void dxMayOverwriteDy(Activation activation) {
    Case norm = new Case(draw, 4, 6, 700, 2, Modulated.SHARED, activation, 0);
    Witness.all(witness -> {
      OnDevice on = new OnDevice(norm, witness);
      View dx = witness.output(4, 6, 700);
      on.backward(dx, on.dy, false);
      float[] dgain = on.dgain.floats();
      View dy = witness.state(norm.dy, 4, 6, 700);
      on.backward(dy, dy, false);
      assertThat(dy.floats()).isEqualTo(dx.floats());
      assertThat(on.dgain.floats()).isEqualTo(dgain);
    });
  }

  @Test
  void aSampleIsTheSameInAnyBatch() {
    Case norm = new Case(draw, 9, 6, 50, 2, Modulated.OWN, Activation.SILU, 0);
    Witness.all(witness -> {
      OnDevice on = new OnDevice(norm, witness);
      View y = witness.output(1, 6, 50);
      View statistics = witness.output(1, 2);
      View others = witness.output(1, 2);
      witness.stream()
          .groupNormForward(
              y,
              statistics,
              others,
              on.x.rows(5, 1),
              on.gain,
              on.shift,
              on.modulation.rows(5, 1),
              2,
              Activation.SILU);
      assertThat(y.floats()).isEqualTo(on.y.rows(5, 1).floats());
    });
  }

  @Test
  void nanStaysInItsGroup() {
    Case norm = new Case(draw, 5, 4, 31, 2, Modulated.OWN, Activation.SILU, 0);
    norm.x[(3 * 4 + 2) * 31 + 30] = Double.NaN;
    Witness.all(witness -> {
      OnDevice on = new OnDevice(norm, witness);
      View dx = witness.output(5, 4, 31);
      on.backward(dx, on.dy, false);
      float[] y = on.y.floats();
      float[] gradient = dx.floats();
      for (int i = 0; i < y.length; i++) {
        boolean touched = i / 62 == 3 * 2 + 1;
        assertThat(Float.isNaN(y[i])).as("y[%d]", i).isEqualTo(touched);
        assertThat(Float.isNaN(gradient[i])).as("dx[%d]", i).isEqualTo(touched);
      }
      float[] dgain = on.dgain.floats();
      for (int c = 0; c < 4; c++) assertThat(Float.isNaN(dgain[c])).isEqualTo(c >= 2);
    });
  }

  @Test
  void wrongShapesAreNamed() {
    try (Witness witness = Witness.any()) {
      Stream stream = witness.stream();
      View x = witness.output(3, 4, 5);
      View two = witness.output(3, 2);
      View four = witness.output(4);
      assertThatThrownBy(() ->
              stream.groupNormForward(x, two, two, x, four, four, null, 3, Activation.IDENTITY))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("group_norm_forward: 4 channels in 3 groups");
      View modulation = witness.output(2, 8);
      assertThatThrownBy(() ->
              stream.groupNormForward(
                  x, two, two, x, four, four, modulation, 2, Activation.IDENTITY))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("group_norm_forward: modulation F32[2, 8] for x F32[3, 4, 5]");
      assertThatThrownBy(() ->
              stream.groupNormBackward(
                  x,
                  four,
                  two,
                  null,
                  x,
                  x,
                  two,
                  two,
                  four,
                  four,
                  null,
                  2,
                  Activation.IDENTITY,
                  false))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("group_norm_backward: dshift is F32[3, 2], not F32[4]");
    }
  }

  /** Where a and m come from. */
  enum Modulated {
    NONE,
    SHARED,
    OWN
  }

  /** One group norm with its reference. */
  private static final class Case {
    final int rows;
    final int channels;
    final int pixels;
    final int groups;
    final Activation activation;
    final int modulationRows;
    final double[] x;
    final double[] gain;
    final double[] shift;
    final double[] modulation;
    final double[] dy;

    Case(
        Draw draw,
        int rows,
        int channels,
        int pixels,
        int groups,
        Modulated modulated,
        Activation activation,
        double mean) {
      this.rows = rows;
      this.channels = channels;
      this.pixels = pixels;
      this.groups = groups;
      this.activation = activation;
      modulationRows = modulated == Modulated.OWN ? rows : 1;
      x = draw.normal((long) rows * channels * pixels);
      for (int i = 0; i < x.length; i++) x[i] = (float) (mean + x[i]);
      gain = draw.normal(channels);
      shift = draw.normal(channels);
      modulation =
          modulated == Modulated.NONE ? null : draw.uniform(2L * modulationRows * channels, -1, 1);
      dy = draw.normal(x.length);
    }

    /** The group in which number i lies, counted over all samples. */
    int group(int i) {
      return i / (channels / groups * pixels);
    }

    int channel(int i) {
      return i / pixels % channels;
    }

    private double modulation(int i, int offset) {
      if (modulation == null) return 0;
      int row = modulationRows == 1 ? 0 : i / (channels * pixels);
      return modulation[row * 2 * channels + offset + channel(i)];
    }

    private double scale(Rounding p, int i) {
      return p.r(1 + modulation(i, 0));
    }

    private double hat(Rounding p, int i, Map<String, double[]> moments) {
      return p.r(p.r(x[i] - moments.get("mean")[group(i)]) * moments.get("rstd")[group(i)]);
    }

    private double u(Rounding p, int i, Map<String, double[]> moments) {
      double normed = p.r(p.r(hat(p, i, moments) * gain[channel(i)]) + shift[channel(i)]);
      return p.r(p.r(normed * scale(p, i)) + modulation(i, channels));
    }

    private Map<String, double[]> moments(Rounding p) {
      double[] mean = new double[rows * groups];
      double[] rstd = new double[rows * groups];
      int n = channels / groups * pixels;
      for (int i = 0; i < x.length; i++) mean[group(i)] = p.r(mean[group(i)] + x[i]);
      for (int g = 0; g < mean.length; g++) mean[g] = p.r(mean[g] / n);
      for (int i = 0; i < x.length; i++) {
        double d = p.r(x[i] - mean[group(i)]);
        rstd[group(i)] = p.r(rstd[group(i)] + p.r(d * d));
      }
      for (int g = 0; g < mean.length; g++)
        rstd[g] = p.r(1 / p.r(Math.sqrt(p.r(p.r(rstd[g] / n) + p.r(1e-5)))));
      return Map.of("mean", mean, "rstd", rstd);
    }

    Map<String, double[]> forward(Rounding p) {
      var moments = moments(p);
      double[] y = new double[x.length];
      for (int i = 0; i < x.length; i++) {
        double u = u(p, i, moments);
        y[i] = activation == Activation.SILU ? p.r(u * p.sigmoid(u)) : u;
      }
      return Map.of("y", y, "mean", moments.get("mean"), "rstd", moments.get("rstd"));
    }

    private double du(Rounding p, int i, Map<String, double[]> moments) {
      if (activation == Activation.IDENTITY) return dy[i];
      double u = u(p, i, moments);
      double s = p.sigmoid(u);
      return p.r(dy[i] * p.r(s * p.r(1 + p.r(u * p.r(1 - s)))));
    }

    /** Gradients; dx is added to {@code before}, null for nothing. */
    Map<String, double[]> backward(Rounding p, double[] before) {
      var moments = moments(p);
      double[] dx = before == null ? new double[x.length] : before.clone();
      double[] dgain = new double[channels];
      double[] dshift = new double[channels];
      double[] dmodulation = new double[2 * rows * channels];
      double[] first = new double[rows * groups];
      double[] second = new double[rows * groups];
      int n = channels / groups * pixels;
      for (int i = 0; i < x.length; i++) {
        int c = channel(i);
        int at = i / (channels * pixels) * 2 * channels + c;
        double du = du(p, i, moments);
        double hat = hat(p, i, moments);
        double scaled = p.r(du * scale(p, i));
        dgain[c] = p.r(dgain[c] + p.r(scaled * hat));
        dshift[c] = p.r(dshift[c] + scaled);
        dmodulation[at] = p.r(dmodulation[at] + p.r(du * p.r(p.r(hat * gain[c]) + shift[c])));
        dmodulation[at + channels] = p.r(dmodulation[at + channels] + du);
        double dhat = p.r(scaled * gain[c]);
        first[group(i)] = p.r(first[group(i)] + dhat);
        second[group(i)] = p.r(second[group(i)] + p.r(dhat * hat));
      }
      for (int i = 0; i < x.length; i++) {
        double dhat = p.r(p.r(du(p, i, moments) * scale(p, i)) * gain[channel(i)]);
        double d = p.r(dhat - p.r(first[group(i)] / n));
        d = p.r(d - p.r(hat(p, i, moments) * p.r(second[group(i)] / n)));
        dx[i] = p.r(dx[i] + p.r(moments.get("rstd")[group(i)] * d));
      }
      return Map.of("dx", dx, "dgain", dgain, "dshift", dshift, "dmodulation", dmodulation);
    }

    double loss() {
      return Differences.dot(dy, forward(Rounding.DOUBLE).get("y"));
    }

    void confirm(Consumer<Consumer<Witness>> witnesses) {
      Expected forward = Expected.of(this::forward);
      Expected backward = Expected.of(p -> backward(p, null));
      witnesses.accept(witness -> {
        OnDevice on = new OnDevice(this, witness);
        View dx = witness.output(rows, channels, pixels);
        on.backward(dx, on.dy, false);
        forward.admits("y", on.y);
        forward.admits("mean", on.mean);
        forward.admits("rstd", on.rstd);
        backward.admits("dx", dx);
        backward.admits("dgain", on.dgain);
        backward.admits("dshift", on.dshift);
        if (on.dmodulation != null) backward.admits("dmodulation", on.dmodulation);
      });
    }
  }

  /** A group norm in the memory of a device, after its forward pass. */
  private static final class OnDevice {
    final Case norm;
    final Witness witness;
    final View x;
    final View gain;
    final View shift;
    final View modulation;
    final View dy;
    final View y;
    final View mean;
    final View rstd;
    final View dgain;
    final View dshift;
    final View dmodulation;

    OnDevice(Case norm, Witness witness) {
      this.norm = norm;
      this.witness = witness;
      int channels = norm.channels;
      x = witness.input(norm.x, norm.rows, channels, norm.pixels);
      gain = witness.input(norm.gain, channels);
      shift = witness.input(norm.shift, channels);
      modulation = witness.input(norm.modulation, norm.modulationRows, 2L * channels);
      dy = witness.input(norm.dy, norm.rows, channels, norm.pixels);
      y = witness.output(norm.rows, channels, norm.pixels);
      mean = witness.output(norm.rows, norm.groups);
      rstd = witness.output(norm.rows, norm.groups);
      dgain = witness.output(channels);
      dshift = witness.output(channels);
      dmodulation = modulation == null ? null : witness.output(norm.rows, 2L * channels);
      witness.stream()
          .groupNormForward(
              y, mean, rstd, x, gain, shift, modulation, norm.groups, norm.activation);
    }

    void backward(View dx, View dyAt, boolean add) {
      witness.stream()
          .groupNormBackward(
              dx,
              dgain,
              dshift,
              dmodulation,
              dyAt,
              x,
              mean,
              rstd,
              gain,
              shift,
              modulation,
              norm.groups,
              norm.activation,
              add);
    }
  }
}
