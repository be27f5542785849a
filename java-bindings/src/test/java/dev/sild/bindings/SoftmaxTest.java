package dev.sild.bindings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SoftmaxTest {
  private final Draw draw = new Draw("softmax");

  @ParameterizedTest
  @CsvSource({"1, 1", "31, 2", "31, 31", "1021, 10", "64, 256", "1, 1021", "5, 700", "2, 9001"})
  void forwardAndBackwardAgreeAtEverySize(int rows, int classes) {
    Case batch = new Case(draw, rows, classes);
    Expected forward = Expected.of(batch::forward);
    Expected backward = Expected.of(batch::backward);
    Witness.all(witness -> {
      View p = witness.output(rows, classes);
      View dlogits = witness.output(rows, classes);
      View dp = witness.input(batch.dp, rows, classes);
      witness.stream().softmaxForward(p, witness.input(batch.logits, rows, classes));
      witness.stream().softmaxBackward(dlogits, dp, p);
      forward.admits("p", p);
      backward.admits("dlogits", dlogits);
    });
  }

  @Test
  void gradientIsTheDerivative() {
    Case batch = new Case(draw, 3, 5);
    double[] gradient = batch.backward(Rounding.DOUBLE).get("dlogits");
    Differences.confirm(
        "dlogits",
        gradient,
        batch.logits,
        () -> Differences.dot(batch.dp, batch.forward(Rounding.DOUBLE).get("p")));
  }

  @Test
  void dlogitsMayOverwriteDp() {
    Case batch = new Case(draw, 31, 50);
    Witness.all(witness -> {
      View p = witness.output(31, 50);
      View dlogits = witness.output(31, 50);
      View dp = witness.state(batch.dp, 31, 50);
      witness.stream().softmaxForward(p, witness.input(batch.logits, 31, 50));
      witness.stream().softmaxBackward(dlogits, dp, p);
      witness.stream().softmaxBackward(dp, dp, p);
      assertThat(dp.floats()).isEqualTo(dlogits.floats());
    });
  }

  /** Also where each logit is far below 0, and where one is beyond the range of e^l. */
  @Test
  void hugeLogitsStayFinite() {
    Case batch = new Case(draw, 31, 10);
    for (int i = 0; i < 310; i++) batch.logits[i] = (float) (1e30 * batch.logits[i] - 1e31);
    Expected expected = Expected.of(batch::forward);
    Witness.all(witness -> {
      View p = witness.output(31, 10);
      witness.stream().softmaxForward(p, witness.input(batch.logits, 31, 10));
      expected.admits("p", p);
    });
  }

  @Test
  void nanStaysInItsRow() {
    Case batch = new Case(draw, 31, 50);
    batch.logits[7 * 50 + 49] = Double.NaN;
    batch.logits[9 * 50] = Double.NaN;
    Witness.all(witness -> {
      View p = witness.output(31, 50);
      witness.stream().softmaxForward(p, witness.input(batch.logits, 31, 50));
      float[] values = p.floats();
      for (int i = 0; i < values.length; i++)
        assertThat(Float.isNaN(values[i])).as("p[%d]", i).isEqualTo(i / 50 == 7 || i / 50 == 9);
    });
  }

  @Test
  void wrongShapesAreNamed() {
    try (Witness witness = Witness.any()) {
      View p = witness.output(3, 4);
      View other = witness.output(3, 5);
      assertThatThrownBy(() -> witness.stream().softmaxForward(p, other))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("softmax_forward: p is F32[3, 4], not F32[3, 5]");
      assertThatThrownBy(() -> witness.stream().softmaxBackward(p, other, p))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("softmax_backward: dp is F32[3, 5], not F32[3, 4]");
    }
  }

  /** Rows of logits and the gradient that comes back, with their reference. */
  private static final class Case {
    final int rows;
    final int classes;
    final double[] logits;
    final double[] dp;

    Case(Draw draw, int rows, int classes) {
      this.rows = rows;
      this.classes = classes;
      logits = draw.normal((long) rows * classes);
      dp = draw.normal((long) rows * classes);
    }

    Map<String, double[]> forward(Rounding p) {
      double[] shares = new double[logits.length];
      for (int first = 0; first < logits.length; first += classes) {
        double largest = Double.NEGATIVE_INFINITY;
        for (int c = 0; c < classes; c++) largest = Math.max(largest, logits[first + c]);
        double sum = 0;
        for (int c = 0; c < classes; c++) {
          shares[first + c] = p.r(Math.exp(p.r(logits[first + c] - largest)));
          sum = p.r(sum + shares[first + c]);
        }
        for (int c = 0; c < classes; c++) shares[first + c] = p.r(shares[first + c] / sum);
      }
      return Map.of("p", shares);
    }

    Map<String, double[]> backward(Rounding p) {
      double[] shares = forward(p).get("p");
      double[] dlogits = new double[logits.length];
      for (int first = 0; first < logits.length; first += classes) {
        double mean = 0;
        for (int c = first; c < first + classes; c++) mean = p.r(mean + p.r(shares[c] * dp[c]));
        for (int c = first; c < first + classes; c++)
          dlogits[c] = p.r(shares[c] * p.r(dp[c] - mean));
      }
      return Map.of("dlogits", dlogits);
    }
  }
}
