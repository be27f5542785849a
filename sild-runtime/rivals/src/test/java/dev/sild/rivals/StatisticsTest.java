package dev.sild.rivals;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StatisticsTest {
  private static final Cell CELL = new Cell(Job.TRAIN64, "f32", 1);

  private static void add(Comparison comparison, String program, double... rates) {
    for (double rate : rates) comparison.add(program, new Measured(rate, "", ""));
  }

  @Test
  void theMedianOfAnEvenNumberIsTheMeanOfTheMiddleTwo() {
    assertThat(Spread.of(9, 1, 4)).isEqualTo(new Spread(1, 4, 9));
    assertThat(Spread.of(8, 2, 100, 4)).isEqualTo(new Spread(2, 6, 100));
    assertThat(Spread.of(3)).isEqualTo(new Spread(3, 3, 3));
    assertThatThrownBy(Spread::of).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theRatioIsOfMediansAndAgainstTheBestRival() {
    Comparison comparison = new Comparison(CELL);
    add(comparison, Sild.NAME, 30, 10, 60);
    add(comparison, "slow", 1, 2, 900); // the best single run, not the best median
    add(comparison, "quick", 19, 20, 21);
    assertThat(comparison.bestRival()).contains("quick");
    assertThat(comparison.ratio()).contains(30.0 / 20);
    assertThat(comparison.toString()).contains("sild ÷ quick = 1.50");
    assertThat(comparison.toMap()).containsEntry("ratio", 1.5).containsEntry("job", "train64");
  }

  @Test
  void whoIsLeftOutHasNoMedianAndNoRatio() {
    Comparison comparison = new Comparison(CELL);
    add(comparison, Sild.NAME, 30);
    add(comparison, "rival", 20);
    comparison.leaveOut("rival");
    assertThat(comparison.ratio()).isEmpty();
    assertThat((List<?>) comparison.toMap().get("programs"))
        .singleElement()
        .satisfies(program -> assertThat(((Map<?, ?>) program).get("name")).isEqualTo(Sild.NAME));
    comparison.leaveOut(Sild.NAME);
    add(comparison, "rival", 20);
    assertThat(comparison.ratio()).isEmpty();
  }

  @Test
  void theFastestChoiceIsTheOneThatWaitsLeast() {
    assertThat(Stopwatch.fastest(List.of(8, 1, 4), StatisticsTest::sleep)).isEqualTo(1);
    assertThat(Stopwatch.median(0, () -> sleep(2))).isGreaterThanOrEqualTo(0.002);
  }

  private static void sleep(int milliseconds) {
    try {
      Thread.sleep(milliseconds);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
