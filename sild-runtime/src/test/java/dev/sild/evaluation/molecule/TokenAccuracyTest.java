package dev.sild.evaluation.molecule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sild.data.molecule.Notation;
import dev.sild.data.molecule.Vocabulary;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Reconstruction by token, by row and by molecule. */
class TokenAccuracyTest {

  @Test
  void threeRowsByHand() {
    Vocabulary vocabulary = new Vocabulary(Notation.SMILES, List.of("C", "N", "O", "("));
    byte[] x = {1, 1, 3, 0, 1, 1, 2, 0, 1, 3, 0, 0};
    byte[] y = {
      1, 1, 3, 0, // the same
      2, 1, 1, 0, // CCN as NCC: one token in its place, the same molecule
      1, 4, 0, 3 // C(O: no molecule
    };
    TokenAccuracy accuracy = TokenAccuracy.of(vocabulary, x, y, 3, 4);
    assertThat(accuracy.tokens()).isEqualTo((3 + 1 + 1) / 8.0);
    assertThat(accuracy.rows()).isEqualTo(1 / 3.0);
    assertThat(accuracy.molecules()).isEqualTo(2 / 3.0);
  }
}
