package dev.sild.bindings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NormTest {
  private final Draw draw = new Draw("norm");

  @ParameterizedTest
  @CsvSource({
    "1, 1",
    "1, 31",
    "31, 1",
    "31, 31",
    "1, 1021",
    "1021, 31",
    "64, 256",
    "3, 16",
    "300, 256",
    "2, 8196"
  })
  void forwardAndBackwardAgreeAtEverySize(int rows, int columns) {
    Case norm = new Case(draw, rows, columns, 1);
    norm.confirm(Expected.of(norm::forward), Expected.of(p -> norm.backward(p, null)));
  }

  @Test
  void aLargeMeanCostsNoMoreThanInPlainArithmetic() {
    Case norm = new Case(draw, 31, 1021, 1000);
    norm.confirm(Expected.of(norm::forward), Expected.of(p -> norm.backward(p, null)));
  }

  @Test
  void gradientIsTheDerivative() {
    Case norm = new Case(draw, 3, 7, 0.5);
    var gradient = norm.backward(Rounding.DOUBLE, null);
    Differences.confirm("dx", gradient.get("dx"), norm.x, norm::loss);
    Differences.confirm("dgain", gradient.get("dgain"), norm.gain, norm::loss);
    Differences.confirm("dshift", gradient.get("dshift"), norm.shift, norm::loss);
  }

  @ParameterizedTest
  @CsvSource({"64, 256", "3, 31", "2, 8196"})
  void backwardAddsWhereItIsAsked(int rows, int columns) {
    Case norm = new Case(draw, rows, columns, 0);
    double[] before = draw.normal((long) rows * columns);
    Expected added = Expected.of(p -> norm.backward(p, before));
    Witness.all(witness -> {
      OnDevice on = new OnDevice(norm, witness);
      View dx = witness.state(before, rows, columns);
      on.backward(dx, on.dy, true);
      added.admits("dx", dx);
    });
  }

  @Test
  void dxMayOverwriteDy() {
    Case norm = new Case(draw, 64, 256, 0);
    Witness.all(witness -> {
      OnDevice on = new OnDevice(norm, witness);
      View dx = witness.output(64, 256);
      on.backward(dx, on.dy, false);
      float[] dgain = on.dgain.floats();
      View dy = witness.state(norm.dy, 64, 256);
      on.backward(dy, dy, false);
      assertThat(dy.floats()).isEqualTo(dx.floats());
      assertThat(on.dgain.floats()).isEqualTo(dgain);
    });
  }

  @Test
  void constantRowBecomesTheShift() {
    Case norm = new Case(draw, 3, 31, 0);
    Arrays.fill(norm.x, 2.5);
    Witness.all(witness -> {
      OnDevice on = new OnDevice(norm, witness);
      for (int b = 0; b < 3; b++)
        assertThat(on.y.rows(b, 1).floats()).isEqualTo(witness.input(norm.shift, 31).floats());
    });
  }

  @Test
  void nanStaysInItsRow() {
    Case norm = new Case(draw, 31, 50, 0);
    norm.x[7 * 50 + 49] = Double.NaN;
    Witness.all(witness -> {
      OnDevice on = new OnDevice(norm, witness);
      View dx = witness.output(31, 50);
      on.backward(dx, on.dy, false);
      for (int i = 0; i < 31 * 50; i++) {
        assertThat(Float.isNaN(on.y.floats()[i])).as("y[%d]", i).isEqualTo(i / 50 == 7);
        assertThat(Float.isNaN(dx.floats()[i])).as("dx[%d]", i).isEqualTo(i / 50 == 7);
      }
      assertThat(on.dgain.floats()).containsOnly(Float.NaN);
    });
  }

  @Test
  void wrongShapesAreNamed() {
    try (Witness witness = Witness.any()) {
      View x = witness.output(3, 4);
      View row = witness.output(3);
      assertThatThrownBy(() -> witness.stream().normForward(x, row, row, x, row, row))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("norm_forward: gain is F32[3], not F32[4]");
      View column = witness.output(4);
      assertThatThrownBy(
              () -> witness.stream().normBackward(x, column, row, x, x, row, row, column, false))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("norm_backward: dshift is F32[3], not F32[4]");
    }
  }

  /** One norm with its reference. */
  private static final class Case {
    final int rows;
    final int columns;
    final double[] x;
    final double[] gain;
    final double[] shift;
    final double[] dy;

    Case(Draw draw, int rows, int columns, double mean) {
      this.rows = rows;
      this.columns = columns;
      x = draw.normal((long) rows * columns);
      for (int i = 0; i < x.length; i++) x[i] = (float) (mean + x[i]);
      gain = draw.normal(columns);
      shift = draw.normal(columns);
      dy = draw.normal((long) rows * columns);
    }

    Map<String, double[]> forward(Rounding p) {
      double[] y = new double[rows * columns];
      double[] mean = new double[rows];
      double[] rstd = new double[rows];
      for (int b = 0; b < rows; b++) {
        for (int j = 0; j < columns; j++) mean[b] = p.r(mean[b] + x[b * columns + j]);
        mean[b] = p.r(mean[b] / columns);
        double variance = 0;
        for (int j = 0; j < columns; j++) {
          double d = p.r(x[b * columns + j] - mean[b]);
          variance = p.r(variance + p.r(d * d));
        }
        variance = p.r(p.r(variance / columns) + p.r(1e-5));
        rstd[b] = p.r(1 / p.r(Math.sqrt(variance)));
        for (int j = 0; j < columns; j++)
          y[b * columns + j] =
              p.r(p.r(p.r(p.r(x[b * columns + j] - mean[b]) * rstd[b]) * gain[j]) + shift[j]);
      }
      return Map.of("y", y, "mean", mean, "rstd", rstd);
    }

    /** Gradients; dx is added to {@code before}, null for nothing. */
    Map<String, double[]> backward(Rounding p, double[] before) {
      var forward = forward(p);
      double[] dx = before == null ? new double[rows * columns] : before.clone();
      double[] dgain = new double[columns];
      double[] dshift = new double[columns];
      for (int b = 0; b < rows; b++) {
        double rstd = forward.get("rstd")[b];
        double[] hat = new double[columns];
        double first = 0;
        double second = 0;
        for (int j = 0; j < columns; j++) {
          int at = b * columns + j;
          hat[j] = p.r(p.r(x[at] - forward.get("mean")[b]) * rstd);
          dgain[j] = p.r(dgain[j] + p.r(dy[at] * hat[j]));
          dshift[j] = p.r(dshift[j] + dy[at]);
          first = p.r(first + p.r(dy[at] * gain[j]));
          second = p.r(second + p.r(p.r(dy[at] * gain[j]) * hat[j]));
        }
        first = p.r(first / columns);
        second = p.r(second / columns);
        for (int j = 0; j < columns; j++) {
          int at = b * columns + j;
          double d = p.r(p.r(p.r(dy[at] * gain[j]) - first) - p.r(hat[j] * second));
          dx[at] = p.r(dx[at] + p.r(rstd * d));
        }
      }
      return Map.of("dx", dx, "dgain", dgain, "dshift", dshift);
    }

    double loss() {
      return Differences.dot(dy, forward(Rounding.DOUBLE).get("y"));
    }

    void confirm(Expected forward, Expected backward) {
      Witness.all(witness -> {
        OnDevice on = new OnDevice(this, witness);
        View dx = witness.output(rows, columns);
        on.backward(dx, on.dy, false);
        forward.admits("y", on.y);
        forward.admits("mean", on.mean);
        forward.admits("rstd", on.rstd);
        backward.admits("dx", dx);
        backward.admits("dgain", on.dgain);
        backward.admits("dshift", on.dshift);
      });
    }
  }

  /** A norm in the memory of a device, after its forward pass. */
  private static final class OnDevice {
    final Witness witness;
    final View x;
    final View gain;
    final View dy;
    final View y;
    final View mean;
    final View rstd;
    final View dgain;
    final View dshift;

    OnDevice(Case norm, Witness witness) {
      this.witness = witness;
      x = witness.input(norm.x, norm.rows, norm.columns);
      gain = witness.input(norm.gain, norm.columns);
      dy = witness.input(norm.dy, norm.rows, norm.columns);
      y = witness.output(norm.rows, norm.columns);
      mean = witness.output(norm.rows);
      rstd = witness.output(norm.rows);
      dgain = witness.output(norm.columns);
      dshift = witness.output(norm.columns);
      View shift = witness.input(norm.shift, norm.columns);
      witness.stream().normForward(y, mean, rstd, x, gain, shift);
    }

    void backward(View dx, View dyAt, boolean add) {
      witness.stream().normBackward(dx, dgain, dshift, dyAt, x, mean, rstd, gain, add);
    }
  }
}
