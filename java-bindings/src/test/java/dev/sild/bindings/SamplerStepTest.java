package dev.sild.bindings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SamplerStepTest {
  private static final Noise NOISE = new Noise(4, 9);
  private static final double A = 0.8125;
  private static final double B = 0.1875;
  private static final double C = -0.375;
  private static final double S = 1.25;
  private static final long FIRST = (1L << 32) - 3; // the sample's number crosses 2³² in the batch
  private static final int STEP = 17;

  private final Draw draw = new Draw("sampler step");

  @ParameterizedTest
  @CsvSource({"31, 1", "1, 31", "31, 31", "31, 1021", "1021, 31", "64, 256", "5, 259"})
  void updateAgreesAtEverySize(int rows, int columns) {
    double[] x = draw.normal((long) rows * columns);
    double[] denoised = draw.normal((long) rows * columns);
    double[] previous = draw.normal((long) rows * columns);
    for (int kind = 0; kind < 16; kind++)
      confirm(
          rows,
          columns,
          (kind & 1) == 0 ? x : null,
          (kind & 2) == 0 ? denoised : null,
          (kind & 4) == 0 ? previous : null,
          (kind & 8) == 0 ? S : 0);
  }

  @Test
  void nextMayBeX() {
    double[] x = draw.normal(31 * 259);
    double[] denoised = draw.normal(31 * 259);
    Witness.all(witness -> {
      View d = witness.input(denoised, 31, 259);
      View apart = witness.output(31, 259);
      View same = witness.state(x, 31, 259);
      step(witness, apart, witness.input(x, 31, 259), d, null, S, FIRST, STEP);
      step(witness, same, same, d, null, S, FIRST, STEP);
      assertThat(same.floats()).isEqualTo(apart.floats());
    });
  }

  @Test
  void sampleDoesNotDependOnItsBatch() {
    double[] x = draw.normal(31 * 259);
    Witness.all(witness -> {
      View all = witness.output(31, 259);
      View from = witness.input(x, 31, 259);
      step(witness, all, from, from, null, S, FIRST, STEP);
      for (int b = 0; b < 31; b++) {
        View one = witness.output(1, 259);
        View row = witness.input(Arrays.copyOfRange(x, b * 259, b * 259 + 259), 1, 259);
        step(witness, one, row, row, null, S, FIRST + b, STEP);
        assertThat(one.floats()).isEqualTo(all.rows(b, 1).floats());
      }
    });
  }

  @Test
  void everyStepDrawsItsOwnNoise() {
    Witness.all(witness -> {
      View one = witness.output(31, 31);
      View other = witness.output(31, 31);
      step(witness, one, null, null, null, 1, FIRST, 0);
      step(witness, other, null, null, null, 1, FIRST, 1);
      for (int i = 0; i < 31 * 31; i++) assertThat(one.floats()[i]).isNotEqualTo(other.floats()[i]);
    });
  }

  @Test
  void withoutAStepTheFirstSampleIsNumberZero() {
    Witness.all(witness -> {
      View zero = witness.output(5, 31);
      View none = witness.output(5, 31);
      step(witness, zero, null, null, null, 1, 0, STEP);
      witness.stream().samplerStep(none, null, 0, null, 0, null, 0, 1, NOISE, null, STEP);
      assertThat(none.floats()).isEqualTo(zero.floats());
    });
  }

  /** More rows than a GPU has threads for: each takes several. */
  @ParameterizedTest
  @CsvSource({"5, 259", "64, 256", "1100, 512"})
  void aGpuGivesTheBitsOfTheCpu(int rows, int columns) {
    double[] x = draw.normal((long) rows * columns);
    Witness.alike(witness -> {
      View from = witness.input(x, rows, columns);
      View next = witness.output(rows, columns);
      step(witness, next, from, from, from, S, FIRST, STEP);
      if (rows < 100)
        step(witness, witness.output(rows, columns), from, from, from, 0, FIRST, STEP);
    });
  }

  @Test
  void nanStaysAtItsPlace() {
    double[] x = draw.normal(31 * 31);
    x[500] = Double.NaN;
    Witness.all(witness -> {
      View next = witness.output(31, 31);
      View from = witness.input(x, 31, 31);
      step(witness, next, from, null, null, S, FIRST, STEP);
      for (int i = 0; i < 31 * 31; i++)
        assertThat(Float.isNaN(next.floats()[i])).as("%d", i).isEqualTo(i == 500);
    });
  }

  @Test
  void wrongShapesAreNamed() {
    try (Witness witness = Witness.any()) {
      View next = witness.output(3, 4);
      View other = witness.output(4, 4);
      assertThatThrownBy(() -> step(witness, next, next, other, null, 0, 0, 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("sampler_step: denoised is F32[4, 4], not F32[3, 4]");
    }
  }

  private static void step(
      Witness witness,
      View next,
      View x,
      View denoised,
      View previous,
      double s,
      long first,
      int step) {
    View at = witness.step(Step.at(first));
    witness.stream().samplerStep(next, x, A, denoised, B, previous, C, s, NOISE, at, step);
  }

  private static void confirm(
      int rows, int columns, double[] x, double[] denoised, double[] previous, double s) {
    Expected expected =
        Expected.of(p -> {
          double[] next = new double[rows * columns];
          for (int i = 0; i < next.length; i++) {
            if (x != null) next[i] = p.r(A * x[i]);
            if (denoised != null) next[i] = p.r(next[i] + p.r(B * denoised[i]));
            if (previous != null) next[i] = p.r(next[i] + p.r(C * previous[i]));
          }
          for (int b = 0; b < rows && s != 0; b++) {
            double[] z = Philox.normals(p, NOISE, FIRST + b, STEP, columns);
            for (int j = 0; j < columns; j++) {
              int at = b * columns + j;
              next[at] = p.r(next[at] + p.r(s * z[j]));
            }
          }
          return Map.of("next", next);
        });
    Witness.all(witness -> {
      View next = witness.output(rows, columns);
      View xAt = witness.input(x, rows, columns);
      View denoisedAt = witness.input(denoised, rows, columns);
      View previousAt = witness.input(previous, rows, columns);
      step(witness, next, xAt, denoisedAt, previousAt, s, FIRST, STEP);
      expected.admits("next", next);
    });
  }
}
