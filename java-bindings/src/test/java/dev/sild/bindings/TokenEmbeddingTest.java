package dev.sild.bindings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenEmbeddingTest {
  private final Draw draw = new Draw("token embedding");

  @ParameterizedTest
  @CsvSource({
    "1, 1, 1, 1, false",
    "31, 1, 2, 31, true",
    "7, 31, 31, 5, true",
    "1, 1021, 41, 64, false",
    "33, 40, 256, 32, true",
    "3, 5, 10, 1021, true"
  })
  void rowsAreThoseOfTheTable(int rows, int tokens, int symbols, int width, boolean indexed) {
    int samples = indexed ? 9 : rows;
    byte[] bank = bytes(draw.below((long) samples * tokens, symbols));
    int[] index = indexed ? draw.below(rows, samples) : null;
    double[] table = draw.normal((long) symbols * width);
    Witness.alike(witness -> {
      View x = witness.output((long) rows * tokens, width);
      View labels = witness.output(DType.U8, (long) rows * tokens);
      witness.stream()
          .tokenEmbedding(
              x,
              labels,
              witness.input(bank, samples, tokens),
              witness.input(index, rows),
              witness.input(table, symbols, width));
      byte[] tokensOfRows = new byte[rows * tokens];
      labels.read(MemorySegment.ofArray(tokensOfRows));
      float[] values = x.floats();
      for (int i = 0; i < values.length; i++) {
        int row = i / width;
        int sample = indexed ? index[row / tokens] : row / tokens;
        int token = bank[sample * tokens + row % tokens] & 0xFF;
        assertThat(tokensOfRows[row] & 0xFF).isEqualTo(token);
        assertThat((double) values[i]).isEqualTo(table[token * width + i % width]);
      }
    });
  }

  /** On the stand-in for a GPU a read outside any array is a fault. */
  @Test
  void aTokenOutsideTheTableGivesNan() {
    byte[] bank = {0, 5, (byte) 255, 4};
    double[] table = draw.normal(5 * 7);
    Witness.all(witness -> {
      View x = witness.output(4, 7);
      View labels = witness.output(DType.U8, 4);
      View banks = witness.input(bank, 2, 2);
      witness.stream().tokenEmbedding(x, labels, banks, null, witness.input(table, 5, 7));
      float[] values = x.floats();
      for (int i = 0; i < values.length; i++)
        assertThat(Float.isNaN(values[i])).isEqualTo(i / 7 == 1 || i / 7 == 2);
    });
  }

  @Test
  void wrongShapesAreNamed() {
    try (Witness witness = Witness.any()) {
      Stream stream = witness.stream();
      View x = witness.output(6, 4);
      View labels = witness.output(DType.U8, 6);
      View tokens = witness.output(DType.U8, 2, 3);
      View table = witness.output(5, 4);
      View index = witness.output(DType.I32, 3);
      assertThatThrownBy(() -> stream.tokenEmbedding(x, labels, tokens, index, table))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("token_embedding: index is I32[3], not I32[2]");
      View few = witness.output(DType.U8, 1, 3);
      assertThatThrownBy(() -> stream.tokenEmbedding(x, labels, few, null, table))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("token_embedding: 2 samples from U8[1, 3]");
      View narrow = witness.output(5, 3);
      assertThatThrownBy(() -> stream.tokenEmbedding(x, labels, tokens, null, narrow))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("token_embedding: x is F32[6, 4], not F32[6, 3]");
    }
  }

  private static byte[] bytes(int[] values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) bytes[i] = (byte) values[i];
    return bytes;
  }
}
