package dev.sild.bindings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MmdTest {
  private static final Noise PRIOR = new Noise(3, 14);
  private static final Noise LATENTS = new Noise(3, 15);

  private final Draw draw = new Draw("mmd");

  @ParameterizedTest
  @CsvSource({
    "2, 1", "2, 31", "3, 1021", "31, 1", "31, 31", "31, 260", "33, 64", "256, 64", "1021, 1"
  })
  void valueAndGradientAgreeAtEverySize(int rows, int columns) {
    MmdReference batch = new MmdReference(draw, rows, columns, 0.5);
    Expected expected = batch.expected();
    Consumer<Witness> test =
        witness -> {
          OnDevice on = new OnDevice(batch, witness);
          expected.admits("value", on.value);
          expected.admits("dz", on.dz);
        };
    if (rows < 1000) Witness.all(test);
    else Witness.cpu(Precision.F32_STRICT, test); // a million pairs take a stand-in half a minute
  }

  @Test
  void gradientIsTheDerivative() {
    MmdReference batch = new MmdReference(draw, 5, 3, 0.25);
    double[] gradient = batch.evaluate(Rounding.DOUBLE, false, false).get("dz");
    for (int i = 0; i < gradient.length; i++) gradient[i] -= batch.before[i];
    Differences.confirm("dz", gradient, batch.z, () -> batch.weight * batch.mmd());
  }

  @Test
  void valueIsTheSameWithoutAGradient() {
    MmdReference batch = new MmdReference(draw, 67, 31, 0);
    Witness.all(witness -> {
      OnDevice on = new OnDevice(batch, witness);
      View value = witness.output(67);
      witness.stream().mmd(null, value, on.z, on.prior, 1);
      assertThat(value.floats()).isEqualTo(on.value.floats());
    });
  }

  /**
   * Of two samples of one law the mean is 0. Kept, the pairs of a row with itself alone would move
   * it by (14 − 2 E k)/B, about 0.14 here: some eighty standard errors.
   */
  @Test
  void itIsUnbiased() {
    Sample of = new Sample(0);
    assertThat(of.error).isBetween(1e-5, 0.005);
    assertThat(Math.abs(of.mean)).isLessThan(4 * of.error);
  }

  @Test
  void anotherLawIsSomeDistanceAway() {
    Sample near = new Sample(0.25);
    Sample far = new Sample(1);
    assertThat(near.mean).isGreaterThan(10 * near.error);
    assertThat(far.mean).isGreaterThan(near.mean + 10 * far.error);
  }

  @Test
  void equalRowsDoNotMoveEachOther() {
    MmdReference batch = new MmdReference(draw, 31, 5, 0);
    Arrays.fill(batch.z, 0.75);
    Arrays.fill(batch.prior, 0.75);
    Witness.all(witness -> {
      OnDevice on = new OnDevice(batch, witness);
      assertThat(on.dz.floats()).isEqualTo(witness.input(batch.before, 31, 5).floats());
      // 14 − 14 with the 30 and 31 weights rounded
      for (float value : on.value.floats()) assertThat(Math.abs(value)).isLessThan(14 * 0x1p-20f);
    });
  }

  @Test
  void nanShowsInEveryRow() {
    MmdReference batch = new MmdReference(draw, 67, 20, 0);
    batch.z[40 * 20 + 7] = Double.NaN;
    Witness.all(witness -> {
      OnDevice on = new OnDevice(batch, witness);
      assertThat(on.value.floats()).containsOnly(Float.NaN);
      assertThat(on.dz.floats()).containsOnly(Float.NaN);
    });
  }

  @Test
  void wrongShapesAreNamed() {
    try (Witness witness = Witness.any()) {
      View z = witness.output(3, 4);
      View value = witness.output(3);
      View one = witness.output(1, 4);
      Stream stream = witness.stream();
      assertThatThrownBy(() -> stream.mmd(null, value, z, one, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("mmd: prior is F32[1, 4], not F32[3, 4]");
      assertThatThrownBy(() -> stream.mmd(null, witness.output(1), one, one, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("mmd: of 1 rows there is no estimate without bias");
    }
  }

  /** MMD² over many draws of z and prior, both N(0, I) but for a shift of z. */
  private static final class Sample {
    private static final int DRAWS = 400;
    private static final int ROWS = 48;
    private static final int COLUMNS = 5;

    final double mean;
    final double error;

    Sample(double shift) {
      double sum = 0;
      double squares = 0;
      try (Witness witness = Witness.any()) {
        View z = witness.output(ROWS, COLUMNS);
        View prior = witness.output(ROWS, COLUMNS);
        View value = witness.output(ROWS);
        View moved = witness.output(ROWS, COLUMNS);
        Stream stream = witness.stream();
        stream.fill(moved, shift);
        for (int t = 0; t < DRAWS; t++) {
          stream.samplerStep(z, moved, 1, null, 0, null, 0, 1, LATENTS, null, t);
          stream.samplerStep(prior, null, 0, null, 0, null, 0, 1, PRIOR, null, t);
          stream.mmd(null, value, z, prior, 1);
          double mmd = 0;
          for (float share : value.floats()) mmd += (double) share / ROWS;
          sum += mmd;
          squares += mmd * mmd;
        }
      }
      mean = sum / DRAWS;
      error = Math.sqrt((squares / DRAWS - mean * mean) / (DRAWS - 1));
      System.out.printf("MMD² at a shift of %s: %.5f ± %.5f%n", shift, mean, error);
    }
  }

  /** A batch in the memory of a device, after the op. */
  private static final class OnDevice {
    final View z;
    final View prior;
    final View value;
    final View dz;

    OnDevice(MmdReference batch, Witness witness) {
      z = witness.input(batch.z, batch.rows, batch.columns);
      prior = witness.input(batch.prior, batch.rows, batch.columns);
      value = witness.output(batch.rows);
      dz = witness.state(batch.before, batch.rows, batch.columns);
      witness.stream().mmd(dz, value, z, prior, batch.weight);
    }
  }
}
