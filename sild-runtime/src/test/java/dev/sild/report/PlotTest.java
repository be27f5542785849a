package dev.sild.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.sild.report.Axis.Tick;
import dev.sild.report.Curve.Style;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlotTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0 | 1 | false | 0.0 0.2 0.4 0.6 0.8 1.0",
        "3 | 17 | false | 0 5 10 15",
        "-1 | 1 | false | -1.0 -0.5 0 0.5 1.0",
        "0 | 3200000 | false | 0 0.5M 1.0M 1.5M 2.0M 2.5M 3.0M",
        "1e-3 | 1e2 | true | 0.001 0.01 0.1 1 10 100",
        "1e-8 | 1e-2 | true | 10⁻⁸ 10⁻⁷ 10⁻⁶ 10⁻⁵ 10⁻⁴ 10⁻³ 10⁻²",
        "1 | 30 | true | 1 2 5 10 20",
        "0.2 | 0.5 | true | 0.20 0.25 0.30 0.35 0.40 0.45 0.50",
        "5 | 5 | false | 3 4 5 6 7",
        "0 | 0 | false | -1.0 -0.5 0 0.5 1.0"
      })
  void ticksAreRoundNumbers(double low, double high, boolean log, String labels) {
    Axis axis = Axis.over(low, high, log);
    List<String> shown =
        axis.ticks().stream().map(Tick::label).filter(label -> !label.isEmpty()).toList();
    assertThat(String.join(" ", shown).replace("0.0 ", "0 "))
        .isEqualTo(labels.replace("0.0 ", "0 "));
    assertThat(axis.ticks())
        .allSatisfy(tick -> assertThat(axis.at(tick.value())).isBetween(-1e-9, 1 + 1e-9));
  }

  @Test
  void equalRatiosAreEqualDistancesOnALogAxis() {
    Axis axis = Axis.over(1, 1000, true).between(0, 100);
    assertThat(axis.at(10) - axis.at(1)).isCloseTo(axis.at(1000) - axis.at(100), within(1e-9));
    assertThat(axis.at(1)).isPositive();
  }

  @Test
  void undefinedPointsAreGaps() {
    double[] x = {1, 2, 3, 4, 5};
    double[] y = {1, 2, Double.NaN, 0, 5};
    assertThat(strokes(new Plot("", "x", "y", false, false, List.of(new Curve("c", x, y)))))
        .isEqualTo(2);
    String log = new Plot("", "x", "y", false, true, List.of(new Curve("c", x, y))).svg();
    assertThat(log).doesNotContain("NaN").doesNotContain("Infinity");
    assertThat(log.split("<circle", -1)).hasSize(1 + 3); // 0 has no logarithm
  }

  @Test
  void aLongCurveIsThinnedButKeepsItsPeak() {
    double[] x = IntStream.range(0, 100_000).mapToDouble(i -> i).toArray();
    double[] y = new double[x.length];
    y[54_321] = 7;
    for (int i = 54_300; i < 54_321; i++) y[i] = Double.NaN; // gaps do not hide it
    String svg = new Plot("", "x", "y", false, false, List.of(new Curve("c", x, y))).svg();
    String flat = new Plot("", "x", "y", false, false, List.of(new Curve("c", x, x))).svg();
    assertThat(flat.length()).isLessThan(60_000);
    double top = Axis.over(0, 7, false).between(276, 28).at(7);
    assertThat(svg).contains(" %.1f".formatted(top).replace(".0", ""));
  }

  @Test
  void aPlotWithoutPointsSaysSo() {
    Plot empty =
        new Plot("", "x", "y", true, true, List.of(new Curve("c", new double[0], new double[0])));
    assertThat(empty.svg()).contains("no data").doesNotContain("NaN");
  }

  @Test
  void measurementsAreMarkersAndTheoryIsDashed() {
    double[] x = {1, 2};
    String points =
        new Plot("", "", "", false, false, List.of(new Curve("m", x, x, Style.POINTS))).svg();
    assertThat(points).contains("<circle").doesNotContain("class=\"curve");
    String theory =
        new Plot("", "", "", false, false, List.of(new Curve("t", x, x, Style.DASHED))).svg();
    assertThat(theory).doesNotContain("<circle").contains("curve dashed");
  }

  @Test
  void aCurveWithUnequalCoordinatesIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Curve("c", new double[2], new double[3]));
  }

  private static int strokes(Plot plot) {
    var path = Pattern.compile("class=\"curve\" d=\"([^\"]*)\"").matcher(plot.svg());
    assertThat(path.find()).isTrue();
    return path.group(1).split("M", -1).length - 1;
  }
}
