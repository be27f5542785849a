package dev.sild.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegimeCommandsTest {
  @TempDir static Path scratch;

  private static String[] theory(String words, String... more) {
    List<String> args = new ArrayList<>(List.of(("theory " + words).split(" ")));
    args.addAll(List.of("--device", "cpu", "--out", scratch.resolve("out").toString()));
    args.addAll(List.of(more));
    return args.toArray(String[]::new);
  }

  @Test
  void collapseTimesOfAllMapsBesideAMeasurement() {
    String words = "collapse-time --alpha 0.5 --beta 0.5 --activation linear,sign --draws 2";
    Map<?, ?> result = Outcome.good(theory(words, "--json")).json();
    List<?> rows = (List<?>) result.get("rows");
    assertThat(rows).hasSize(3 + 2);
    int measured = 0;
    for (Object object : rows) {
      Map<?, ?> row = (Map<?, ?>) object;
      assertThat(row.get("alpha")).isEqualTo(0.5);
      assertThat(row.get("beta")).isEqualTo(0.5);
      assertThat(row.get("theory")).isEqualTo(row.get("t_c"));
      if (row.get("activation").equals("linear") && row.get("map").equals("isometric"))
        assertThat((double) row.get("t_c")).isCloseTo(0.072707, within(6e-7));
      if (row.get("measured") == null) continue;
      measured++;
      assertThat(row.get("map")).isEqualTo("gaussian-p");
      // d = 16: a factor of two in either direction would be a mistake of units
      assertThat((double) row.get("measured") / (double) row.get("t_c")).isBetween(0.5, 2.0);
    }
    assertThat(measured).isEqualTo(2);
    assertThat(scratch.resolve("out/results.md")).content().contains("0.07271");
  }

  @Test
  void moreSamplesThanSignsHaveNoCollapse() {
    String words =
        "collapse-time --alpha 0.7 --beta 2 --activation sign --map gaussian-p --draws 0";
    Map<?, ?> result = Outcome.good(theory(words, "--json")).json();
    Map<?, ?> row = (Map<?, ?>) ((List<?>) result.get("rows")).getFirst();
    assertThat(row.containsKey("t_c")).isTrue();
    assertThat(row.get("t_c")).isNull();
  }

  @Test
  void speciationOfAMixtureAManifoldAndDigits() {
    String words =
        "speciation-time --dimensions 32 --activation tanh --dimension 32 --points 64 --pairs 8";
    Map<?, ?> result = Outcome.good(theory(words, "--json")).json();
    List<?> rows = (List<?>) result.get("rows");
    assertThat(rows).hasSize(3);
    Map<?, ?> mixture = (Map<?, ?>) rows.getFirst();
    double theory = (double) mixture.get("theory");
    assertThat(theory).isCloseTo(0.5 * Math.log(66), within(1e-9));
    assertThat((double) mixture.get("measured")).isCloseTo(theory, within(0.1 * theory));
    Map<?, ?> digits = (Map<?, ?>) rows.get(2);
    assertThat(digits.get("law")).isEqualTo("digits");
    List<?> posterior = (List<?>) digits.get("same_class_by_posterior");
    assertThat((double) posterior.getFirst()).isGreaterThan(0.99);
    assertThat((double) posterior.getLast()).isBetween(0.1, 0.15); // ten classes
    assertThat(scratch.resolve("out/speciation-digits.png")).isNotEmptyFile();
    assertThat(scratch.resolve("out/report.html")).content().contains("U-turns");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "collapse-time --alpha 0",
        "collapse-time --beta -1",
        "collapse-time --alpha 1 --beta 0.1",
        "collapse-time --activation cube",
        "collapse-time --map round",
        "collapse-time --map isometric --activation tanh",
        "collapse-time --draws 1",
        "speciation-time --map isometric --beta 2",
        "speciation-time --dimensions 0",
        "speciation-time --separation 0",
        "speciation-time --points 2",
        "speciation-time --pairs 1"
      })
  void settingsThatCannotBeMeant(String words) {
    Outcome outcome = Outcome.of(theory(words));
    assertThat(outcome.code()).as(outcome.err()).isEqualTo(2);
    assertThat(outcome.err().lines()).hasSize(1);
  }
}
