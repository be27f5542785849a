package dev.sild.bindings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.math.BigDecimal;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReductionsTest {
  private final Draw draw = new Draw("reductions");

  /**
   * Summed in double, so the plain computation is the sequential sum in double. Its error is the
   * largest on the way: that at the end may be small by luck.
   */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 31, 1021, 4096, 16384, 50003})
  void sumOfSquaresAgreesAtEverySize(int n) {
    double[] x = draw.normal(n);
    BigDecimal exact = BigDecimal.ZERO;
    double plain = 0;
    double plainError = 0;
    for (double v : x) {
      exact = exact.add(new BigDecimal(v).pow(2));
      plain += v * v;
      plainError = Math.max(plainError, error(plain, exact));
    }
    BigDecimal wanted = exact;
    double tolerance = 2 * plainError + 2 * Math.ulp(plain);
    Witness.all(witness -> {
      View sum = witness.output(DType.F64, 1);
      witness.stream().sumOfSquares(sum, witness.input(x, n));
      double actual = sum.doubles()[0];
      assertThat(error(actual, wanted)).isLessThanOrEqualTo(tolerance);
    });
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
  void whatIsNotFiniteShowsInTheSumOfSquares(double bad) {
    for (int place : new int[] {0, 4095, 4096, 20001}) {
      double[] x = draw.normal(20002);
      x[place] = bad;
      Witness.all(witness -> {
        View sum = witness.output(DType.F64, 1);
        witness.stream().sumOfSquares(sum, witness.input(x, 20002));
        assertThat(sum.doubles()[0]).isEqualTo(Double.valueOf(bad * bad));
      });
    }
  }

  @Test
  void theLargestFloatsDoNotOverflowTheSumOfSquares() {
    double[] x = new double[1021];
    Arrays.fill(x, Float.MAX_VALUE);
    double square = (double) Float.MAX_VALUE * Float.MAX_VALUE;
    Witness.all(witness -> {
      View sum = witness.output(DType.F64, 1);
      witness.stream().sumOfSquares(sum, witness.input(x, 1021));
      assertThat(sum.doubles()[0] / (1021 * square)).isBetween(1 - 1e-12, 1 + 1e-12);
    });
  }

  /** A sum in the order of the rows has no freedom, so it agrees to the last bit. */
  @ParameterizedTest
  @CsvSource({"1, 1", "31, 7", "1021, 16", "300, 100"})
  void everyRowIsAddedToItsBin(int rows, int bins) {
    int[] bin = draw.below(rows, bins);
    double[] sigma = new double[rows]; // in the middle of their bins, which are uniform on [−6, 4]
    for (int b = 0; b < rows; b++) sigma[b] = (float) Math.exp(-6 + 10 * (bin[b] + 0.5) / bins);
    double[] error = draw.uniform(rows, 0, 100);
    double[] loss = draw.uniform(rows, 0, 2);
    double[] wanted = draw.normal(4L * bins);
    double[] before = wanted.clone();
    for (int b = 0; b < rows; b++) {
      double[] term = {1, error[b], error[b] * error[b], loss[b]};
      for (int i = 0; i < 4; i++) wanted[4 * bin[b] + i] += term[i];
    }
    Witness.all(witness -> {
      View sums = witness.output(DType.F64, bins, 4);
      sums.write(MemorySegment.ofArray(before));
      View sigmas = witness.input(sigma, rows);
      View errors = witness.input(error, rows);
      View losses = witness.input(loss, rows);
      witness.stream().binErrors(sums, sigmas, errors, losses, -6, 4);
      assertThat(sums.doubles()).isEqualTo(wanted);
    });
  }

  @Test
  void theOuterBinsAreOpen() {
    double[] sigma = {0, 1e-30, 1e-3, 1e3, 1e30};
    double[] ones = {1, 1, 1, 1, 1};
    Witness.all(witness -> {
      View sums = witness.output(DType.F64, 3, 4);
      sums.clear();
      View one = witness.input(ones, 5);
      witness.stream().binErrors(sums, witness.input(sigma, 5), one, one, -1, 1);
      assertThat(sums.doubles()).containsExactly(3, 3, 3, 3, 0, 0, 0, 0, 2, 2, 2, 2);
    });
  }

  @Test
  void aNanErrorShowsInItsBinOnly() {
    double[] error = {1, Double.NaN, 3};
    double[] sigma = {0.5, 1, 2};
    Witness.all(witness -> {
      View sums = witness.output(DType.F64, 3, 4);
      sums.clear();
      View errors = witness.input(error, 3);
      witness.stream().binErrors(sums, witness.input(sigma, 3), errors, errors, -1.5, 1.5);
      double nan = Double.NaN;
      assertThat(sums.doubles()).containsExactly(1, 1, 1, 1, 1, nan, nan, nan, 1, 3, 9, 3);
    });
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "31, 1", "31, 31", "64, 256", "1021, 31", "31, 1021"})
  void rowMaximumIsTheFirstLargestEntry(int rows, int columns) {
    double[] x = draw.normal((long) rows * columns);
    for (int i = 0; i < x.length; i++) x[i] = Math.rint(2 * x[i]); // many ties
    float[] value = new float[rows];
    int[] index = new int[rows];
    for (int b = 0; b < rows; b++) {
      double[] row = Arrays.copyOfRange(x, b * columns, (b + 1) * columns);
      double most = Arrays.stream(row).max().orElseThrow();
      value[b] = (float) most;
      while (row[index[b]] < most) index[b]++;
    }
    Witness.all(witness -> {
      View largest = witness.output(rows);
      View place = witness.output(DType.I32, rows);
      witness.stream().rowMaximum(largest, place, witness.input(x, rows, columns));
      for (int b = 0; b < rows; b++) assertThat(largest.floats()[b] == value[b]).isTrue();
      assertThat(place.ints()).isEqualTo(index);
    });
  }

  @Test
  void rowMaximumKnowsInfinityAndNan() {
    double inf = Double.POSITIVE_INFINITY;
    double nan = Double.NaN;
    double[] x = {-inf, -inf, 1, -inf, 2, inf, 1, nan, inf, nan, 5, 6, 3, nan, nan};
    Witness.all(witness -> {
      View value = witness.output(5);
      View index = witness.output(DType.I32, 5);
      witness.stream().rowMaximum(value, index, witness.input(x, 5, 3));
      float fnan = Float.NaN;
      assertThat(value.floats()).containsExactly(1, Float.POSITIVE_INFINITY, fnan, fnan, fnan);
      assertThat(index.ints()).containsExactly(2, 2, 1, 0, 1);
    });
  }

  @Test
  void theFirstNanOfALongRowIsItsMaximum() {
    double[] x = draw.normal(3 * 1021);
    x[700] = x[900] = x[1021] = x[2 * 1021] = x[3 * 1021 - 1] = Double.NaN;
    Witness.all(witness -> {
      View value = witness.output(3);
      View index = witness.output(DType.I32, 3);
      witness.stream().rowMaximum(value, index, witness.input(x, 3, 1021));
      assertThat(value.floats()).containsOnly(Float.NaN);
      assertThat(index.ints()).containsExactly(700, 0, 0);
    });
  }

  @Test
  void wrongArgumentsAreNamed() {
    try (Witness witness = Witness.any()) {
      Stream stream = witness.stream();
      View x = witness.output(3, 4);
      View row = witness.output(3);
      View sums = witness.output(DType.F64, 2, 4);
      View index = witness.output(DType.I32, 3);
      View four = witness.output(4);
      assertThatThrownBy(() -> stream.sumOfSquares(row, x))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("sum_of_squares: sum is F32[3], not F64[1]");
      assertThatThrownBy(() -> stream.rowMaximum(four, index, x))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("row_maximum: value is F32[4], not F32[3]");
      assertThatThrownBy(() -> stream.binErrors(sums, row, four, row, 0, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("bin_errors: error is F32[4], not F32[3]");
      assertThatThrownBy(() -> stream.binErrors(sums, row, row, row, 1, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("bin_errors F64[2, 4]");
    }
  }

  private static double error(double actual, BigDecimal exact) {
    return new BigDecimal(actual).subtract(exact).abs().doubleValue();
  }
}
