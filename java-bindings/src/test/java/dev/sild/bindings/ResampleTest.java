package dev.sild.bindings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResampleTest {
  private static final double SCALE = 1.7;

  private final Draw draw = new Draw("resample");

  /** Sizes are those of the coarse planes. */
  @ParameterizedTest
  @CsvSource({
    "1, 1, 1",
    "31, 1, 1",
    "3, 5, 7",
    "1, 31, 31",
    "2, 1, 1021",
    "1, 1021, 2",
    "1021, 2, 3",
    "6, 8, 8",
    "5, 14, 14",
    "3, 7, 4"
  })
  void bothWaysAgreeAtEverySize(int planes, int height, int width) {
    for (Resampling kind : Resampling.values())
      for (boolean add : new boolean[] {false, true}) confirm(planes, height, width, kind, add);
  }

  private void confirm(int planes, int height, int width, Resampling kind, boolean add) {
    boolean up = kind == Resampling.UP;
    int fine = 4 * planes * height * width;
    double[] x = draw.normal(up ? fine / 4 : fine);
    double[] before = add ? draw.normal(up ? fine : fine / 4) : null;
    Expected expected = Expected.of(p -> Map.of("y", reference(p, x, width, kind, before, fine)));
    int rows = up ? height : 2 * height;
    int columns = up ? width : 2 * width;
    Witness.all(witness -> {
      for (int skip = 0;
          skip < 4;
          skip += 2) { // arrays of a test begin 8 bytes off a multiple of 16
        View from = after(skip, witness.input(shifted(skip, x), skip + x.length));
        int n = up ? fine : fine / 4;
        View y =
            after(
                skip,
                add ? witness.state(shifted(skip, before), skip + n) : witness.output(skip + n));
        witness.stream().resample(y, from, rows, columns, kind, SCALE, add);
        expected.admits("y", y);
      }
    });
  }

  private static double[] shifted(int skip, double[] values) {
    double[] all = new double[skip + values.length];
    System.arraycopy(values, 0, all, skip, values.length);
    return all;
  }

  private static View after(int skip, View all) {
    return all.rows(skip, all.elements() - skip);
  }

  private static double[] reference(
      Rounding p, double[] x, int width, Resampling kind, double[] before, int fine) {
    boolean up = kind == Resampling.UP;
    double[] y = new double[up ? fine : fine / 4];
    for (int i = 0; i < fine; i++) {
      int row = i / (2 * width); // of all planes one below the other: 2 · planes · height of them
      int coarse = row / 2 * width + i % (2 * width) / 2;
      if (up) y[i] = x[coarse];
      else y[coarse] = p.r(y[coarse] + x[i]);
    }
    for (int i = 0; i < y.length; i++) {
      y[i] = p.r(p.r(SCALE) * p.r(up ? y[i] : y[i] / 4));
      if (before != null) y[i] = p.r(y[i] + before[i]);
    }
    return y;
  }

  /** ⟨A x, y⟩ = ⟨x, Aᵀ y⟩: the rule by which networks train through it. */
  @Test
  void eitherWayIsTheBackwardPassOfTheOther() {
    int planes = 3;
    double[] coarse = draw.normal(planes * 5 * 7);
    double[] fine = draw.normal(planes * 10 * 14);
    Witness.all(witness -> {
      View small = witness.input(coarse, planes, 5, 7);
      View large = witness.input(fine, planes, 10, 14);
      View up = witness.output(planes, 10, 14);
      View down = witness.output(planes, 5, 7);
      witness.stream().resample(up, small, 5, 7, Resampling.UP, 1, false);
      witness.stream().resample(down, large, 10, 14, Resampling.DOWN, 4, false);
      same(dot(up, large), dot(small, down));
      witness.stream().resample(down, large, 10, 14, Resampling.DOWN, 1, false);
      witness.stream().resample(up, small, 5, 7, Resampling.UP, 0.25, false);
      same(dot(down, small), dot(large, up));
    });
  }

  @Test
  void downUndoesUp() {
    double[] x = draw.normal(4 * 6 * 8);
    Witness.all(witness -> {
      View from = witness.input(x, 4, 6, 8);
      View fine = witness.output(4, 12, 16);
      View back = witness.output(4, 6, 8);
      witness.stream().resample(fine, from, 6, 8, Resampling.UP, 1, false);
      witness.stream().resample(back, fine, 12, 16, Resampling.DOWN, 1, false);
      assertThat(back.floats()).isEqualTo(from.floats());
    });
  }

  @Test
  void nanStaysAtItsPlace() {
    double[] x = draw.normal(3 * 4 * 6);
    x[4 * 6 + 3 * 6 + 4] = Double.NaN; // row 3, column 4 of the second plane
    Witness.all(witness -> {
      View from = witness.input(x, 3, 4, 6);
      View fine = witness.output(3, 8, 12);
      View coarse = witness.output(3, 2, 3);
      witness.stream().resample(fine, from, 4, 6, Resampling.UP, SCALE, false);
      witness.stream().resample(coarse, from, 4, 6, Resampling.DOWN, SCALE, false);
      float[] y = fine.floats();
      for (int i = 0; i < y.length; i++)
        assertThat(Float.isNaN(y[i]))
            .as("fine[%d]", i)
            .isEqualTo(i / 24 == 4 + 3 && i % 12 / 2 == 4);
      for (int i = 0; i < 18; i++)
        assertThat(Float.isNaN(coarse.floats()[i])).as("coarse[%d]", i).isEqualTo(i == 6 + 3 + 2);
    });
  }

  @Test
  void wrongShapesAreNamed() {
    try (Witness witness = Witness.any()) {
      View x = witness.output(2, 3, 6, 5);
      View y = witness.output(2, 3, 12, 10);
      Stream stream = witness.stream();
      assertThatThrownBy(() -> stream.resample(y, x, 6, 5, Resampling.DOWN, 1, false))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("resample: planes of 6 × 5 have no half");
      assertThatThrownBy(() -> stream.resample(x, y, 12, 10, Resampling.UP, 1, false))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("resample: y is F32[2, 3, 6, 5], not F32[6, 24, 20]");
      assertThatThrownBy(() -> stream.resample(y, x, 7, 5, Resampling.UP, 1, false))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("resample: x is F32[2, 3, 6, 5], not F32[5, 7, 5]");
    }
  }

  private static void same(double one, double other) {
    assertThat(one).isCloseTo(other, within(1e-5 * Math.max(1, Math.abs(one))));
  }

  private static double dot(View a, View b) {
    float[] left = a.floats();
    float[] right = b.floats();
    double sum = 0;
    for (int i = 0; i < left.length; i++) sum += (double) left[i] * right[i];
    return sum;
  }
}
