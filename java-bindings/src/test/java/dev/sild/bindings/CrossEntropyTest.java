package dev.sild.bindings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CrossEntropyTest {
  private final Draw draw = new Draw("cross entropy");

  @ParameterizedTest
  @CsvSource({"1, 1", "31, 2", "31, 31", "1021, 10", "64, 256", "300, 64", "5, 700"})
  void lossAndGradientAgreeAtEverySize(int rows, int classes) {
    for (boolean indexed : new boolean[] {false, true}) {
      Case batch = new Case(draw, rows, classes, indexed);
      Expected expected = Expected.of(batch::evaluate);
      Witness.all(witness -> {
        OnDevice on = new OnDevice(batch, witness);
        expected.admits("loss", on.loss);
        expected.admits("dlogits", on.gradient);
        expected.admits("correct", on.correct);
      });
    }
  }

  @Test
  void gradientIsTheDerivativeOfTheMeanLoss() {
    Case batch = new Case(draw, 3, 5, true);
    double[] gradient = batch.evaluate(Rounding.DOUBLE).get("dlogits");
    Differences.confirm("dlogits", gradient, batch.logits, batch::meanLoss);
  }

  @Test
  void lossIsTheSameWithoutAGradient() {
    Case batch = new Case(draw, 31, 10, true);
    Witness.all(witness -> {
      OnDevice on = new OnDevice(batch, witness);
      View loss = witness.output(31);
      View correct = witness.output(31);
      witness.stream().crossEntropy(null, loss, correct, on.logits, on.labels, on.index);
      assertThat(loss.floats()).isEqualTo(on.loss.floats());
      assertThat(correct.floats()).isEqualTo(on.correct.floats());
    });
  }

  @Test
  void hugeLogitsStayFinite() {
    Case batch = new Case(draw, 31, 10, false);
    for (int i = 0; i < batch.logits.length; i++)
      batch.logits[i] = (float) (batch.logits[i] * 1e30);
    Expected expected = Expected.of(batch::evaluate);
    Witness.all(witness -> {
      OnDevice on = new OnDevice(batch, witness);
      expected.admits("loss", on.loss);
      expected.admits("dlogits", on.gradient);
    });
  }

  @Test
  void aClassAtMinusInfinityGetsNothing() {
    Case batch = new Case(draw, 31, 10, false);
    Arrays.fill(batch.labels, (byte) 3);
    for (int b = 0; b < 31; b++) batch.logits[b * 10 + 4] = Double.NEGATIVE_INFINITY;
    Expected expected = Expected.of(batch::evaluate);
    Witness.all(witness -> {
      OnDevice on = new OnDevice(batch, witness);
      expected.admits("loss", on.loss);
      expected.admits("dlogits", on.gradient);
    });
  }

  @Test
  void ofEqualLogitsTheFirstIsTheAnswer() {
    Case batch = new Case(draw, 10, 10, false);
    Arrays.fill(batch.logits, 1.5);
    for (int b = 0; b < 10; b++) batch.labels[b] = (byte) b;
    Witness.all(witness ->
        assertThat(new OnDevice(batch, witness).correct.floats())
            .containsExactly(1, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  }

  @Test
  void nanStaysInItsRow() {
    for (int place : new int[] {0, 4, 9}) {
      Case batch = new Case(draw, 31, 10, false);
      batch.logits[7 * 10 + place] = Double.NaN;
      Witness.all(witness -> {
        OnDevice on = new OnDevice(batch, witness);
        for (int i = 0; i < 310; i++)
          assertThat(Float.isNaN(on.gradient.floats()[i])).as("%d", i).isEqualTo(i / 10 == 7);
        for (int b = 0; b < 31; b++)
          assertThat(Float.isNaN(on.loss.floats()[b])).as("loss[%d]", b).isEqualTo(b == 7);
      });
    }
  }

  @Test
  void wrongShapesAreNamed() {
    try (Witness witness = Witness.any()) {
      View logits = witness.output(3, 4);
      View row = witness.output(3);
      View labels = witness.output(DType.U8, 2);
      View index = witness.output(DType.I32, 2);
      Stream stream = witness.stream();
      assertThatThrownBy(() -> stream.crossEntropy(null, row, row, logits, labels, null))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("cross_entropy: fewer labels than rows");
      assertThatThrownBy(() -> stream.crossEntropy(null, row, row, logits, labels, index))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("cross_entropy: index is I32[2], not I32[3]");
    }
  }

  /** A batch with its reference. */
  private static final class Case {
    final int rows;
    final int classes;
    final double[] logits;
    final byte[] labels;
    final int[] index;

    Case(Draw draw, int rows, int classes, boolean indexed) {
      this.rows = rows;
      this.classes = classes;
      logits = draw.normal((long) rows * classes);
      labels = new byte[indexed ? 50 : rows];
      int[] drawn = draw.below(labels.length, Math.min(classes, 256));
      for (int i = 0; i < labels.length; i++) labels[i] = (byte) drawn[i];
      index = indexed ? draw.below(rows, labels.length) : null;
    }

    Map<String, double[]> evaluate(Rounding p) {
      double[] loss = new double[rows];
      double[] correct = new double[rows];
      double[] gradient = new double[rows * classes];
      for (int b = 0; b < rows; b++) {
        double[] row = Arrays.copyOfRange(logits, b * classes, (b + 1) * classes);
        int label = labels[index == null ? b : index[b]] & 0xFF;
        double most = Arrays.stream(row).max().orElseThrow();
        double sum = 0;
        for (double logit : row) sum = p.r(sum + p.r(Math.exp(p.r(logit - most))));
        loss[b] = p.r(p.r(p.r(Math.log(sum)) + most) - row[label]);
        correct[b] = row[label] == most ? 1 : 0; // no two of these are equal
        for (int c = 0; c < classes; c++) {
          double share = p.r(p.r(Math.exp(p.r(row[c] - most))) / sum);
          gradient[b * classes + c] = p.r(p.r(share - (c == label ? 1 : 0)) / rows);
        }
      }
      return Map.of("loss", loss, "correct", correct, "dlogits", gradient);
    }

    double meanLoss() {
      return Arrays.stream(evaluate(Rounding.DOUBLE).get("loss")).sum() / rows;
    }
  }

  /** A batch in the memory of a device, after the op. */
  private static final class OnDevice {
    final View logits;
    final View labels;
    final View index;
    final View loss;
    final View correct;
    final View gradient;

    OnDevice(Case batch, Witness witness) {
      logits = witness.input(batch.logits, batch.rows, batch.classes);
      labels = witness.input(batch.labels, batch.labels.length);
      index = witness.input(batch.index, batch.rows);
      loss = witness.output(batch.rows);
      correct = witness.output(batch.rows);
      gradient = witness.output(batch.rows, batch.classes);
      witness.stream().crossEntropy(gradient, loss, correct, logits, labels, index);
    }
  }
}
