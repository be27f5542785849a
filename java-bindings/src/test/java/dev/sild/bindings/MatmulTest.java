package dev.sild.bindings;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
    double[] a = draw.normal((long) m * k);
    double[] b = draw.normal((long) k * n);
    double[] before = draw.normal((long) m * n);
    for (int kind = 0; kind < 8; kind++) {
      boolean transposeA = (kind & 1) != 0;
      boolean transposeB = (kind & 2) != 0;
      boolean add = (kind & 4) != 0;
      Expected expected =
          Expected.of(p -> {
            double[] c = add ? before.clone() : new double[m * n];
            for (int i = 0; i < m; i++)
              for (int j = 0; j < n; j++)
                for (int q = 0; q < k; q++) {
                  double left = transposeA ? a[q * m + i] : a[i * k + q];
                  double right = transposeB ? b[j * k + q] : b[q * n + j];
                  c[i * n + j] = p.r(c[i * n + j] + p.r(left * right));
                }
            return Map.of("c", c);
          });
      Witness.all(witness -> {
        View left = transposeA ? witness.input(a, k, m) : witness.input(a, m, k);
        View right = transposeB ? witness.input(b, n, k) : witness.input(b, k, n);
        View c = add ? witness.state(before, m, n) : witness.output(m, n);
        witness.stream().matmul(c, left, transposeA, right, transposeB, add);
        expected.admits("c", c);
      });
    }
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
