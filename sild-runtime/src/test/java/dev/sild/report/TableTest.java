package dev.sild.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TableTest {

  @Test
  void columnsAreAlignedAndNumbersStandToTheRight() {
    Table table =
        Table.of("method", "MSE", "samples")
            .row("SiLD", 0.0123, 26_000)
            .row("µ-VAE, annealed", 0.5, 10L)
            .row("GAN", null, 0);
    assertThat(table.toString())
        .isEqualTo(
            """
            method               MSE  samples
            ---------------  -------  -------
            SiLD             0.01230   26,000
            µ-VAE, annealed   0.5000       10
            GAN                    -        0
            """);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0 | 0",
        "0.0239 | 0.02390",
        "1000 | 1,000",
        "16 | 16.00",
        "99990 | 99,990",
        "-2.5 | -2.500",
        "0.00012346 | 1.235e-04",
        "1234567 | 1.235e+06",
        "0.99996 | 1.000",
        "9.9996 | 10.00",
        "99999.6 | 1.000e+05",
        "-0.0009 | -9.000e-04",
        "NaN | -",
        "Infinity | -"
      })
  void figuresHaveFourSignificantDigits(double value, String expected) {
    assertThat(Table.figure(value)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0.07131 | 0.00283 | 0.0713 ± 0.0028",
        "984.2 | 66.9 | 984 ± 67",
        "12345 | 1500 | 12,345 ± 1,500",
        "1000 | 0 | 1,000 ± 0",
        "NaN | 1 | -",
        "2 | NaN | 2.000",
        "1 | 1e-12 | 1.000e+00 ± 1.0e-12",
        "8.779e-7 | 1.873e-8 | 8.779e-07 ± 1.9e-08"
      })
  void spreadHasTwoDigitsAndTheMeanAsManyDecimals(double mean, double spread, String expected) {
    assertThat(Table.spread(mean, spread)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "12",
        "-1.5",
        "1,000",
        "1.2e-05",
        "45 %",
        "0.07 ± 0.01",
        "12.5 MiB",
        "<0.01",
        "3 ms",
        "1.2×"
      })
  void aNumberMayHaveAUnitOrASpread(String cell) {
    assertThat(Table.of("x").row(cell).row("-").numeric(0)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"2-layer MLP", "64 x 64 x 3", "cuda:0", "2 layers of width 512", "MLP", "-"})
  void whatOnlyBeginsWithADigitIsText(String cell) {
    assertThat(Table.of("x").row(cell).numeric(0)).isFalse();
  }

  @Test
  void figuresDoNotDependOnTheCountry() {
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.GERMANY);
      assertThat(Table.of("a", "b").row(1234.4, 26_000).rows().getFirst())
          .containsExactly("1,234", "26,000");
      assertThat(new Plot("", "x", "y", false, false, List.of()).svg()).doesNotContain("0,");
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void aRowOfTheWrongLengthIsRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> Table.of("a", "b").row(1));
  }
}
