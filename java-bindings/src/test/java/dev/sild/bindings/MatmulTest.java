package dev.sild.bindings;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sild.bindings.MatmulReference.Way;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The bare product of linear.cpp. */
class MatmulTest {
  private final Draw draw = new Draw("matmul");

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "31, 31, 1021", "1021, 31, 1", "64, 256, 64", "7, 49, 513"})
  void productAgreesInEveryOrientation(int m, int n, int k) {
    var product = new MatmulReference(draw, m, n, k);
    Map<Way, Expected> ways = new LinkedHashMap<>();
    for (Way way : Way.all()) ways.put(way, product.expected(way, Rounding.SINGLE));
    Witness.all(witness ->
        ways.forEach((way, expected) -> expected.admits("c", product.run(witness, way))));
  }

  @Test
  void wrongShapesAreNamed() {
    try (Witness witness = Witness.any()) {
      View a = witness.output(3, 4);
      View b = witness.output(5, 6);
      assertThatThrownBy(() -> witness.stream().matmul(a, a, false, b, false, false))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("matmul: b is F32[5, 6], not F32[4, 6]");
    }
  }
}
