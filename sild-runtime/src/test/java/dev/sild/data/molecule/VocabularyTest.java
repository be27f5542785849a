package dev.sild.data.molecule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sild.UserException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Molecules as bytes. */
class VocabularyTest {
  private static final List<String> SET =
      List.of("ClCCBr", "c1cc[nH]c1", "CC(=O)[O-]", "C%12CC%12", "CCO");

  @Test
  void atomsAndRingBondsAreOneToken() {
    assertThat(Notation.SMILES.tokens("ClC[nH]Br%12(=O)[C@@H]\\C"))
        .containsExactly("Cl", "C", "[nH]", "Br", "%12", "(", "=", "O", ")", "[C@@H]", "\\", "C");
    assertThatThrownBy(() -> Notation.SMILES.tokens("C[nH")).hasMessageContaining("'[' at 2");
  }

  @Test
  void rowsComeBackInBothNotations() {
    for (Notation notation : Notation.values()) {
      List<List<String>> spelled = notation.spell(SET);
      Vocabulary vocabulary = Vocabulary.of(notation, spelled);
      Vocabulary.Encoded rows = vocabulary.encode(spelled, 20);
      assertThat(rows.count()).isEqualTo(SET.size());
      assertThat(rows.tokens()).hasSize(20 * SET.size());
      List<String> read = vocabulary.decode(rows.tokens(), rows.count(), 20);
      for (int i = 0; i < SET.size(); i++)
        assertThat(Smiles.canonical(read.get(i))).isEqualTo(Smiles.canonical(SET.get(i)));
    }
  }

  @Test
  void tokensStandInAlphabeticalOrderAfterPadding() {
    Vocabulary vocabulary =
        Vocabulary.of(Notation.SMILES, Notation.SMILES.spell(List.of("OCN", "C=O")));
    assertThat(vocabulary.tokens()).containsExactly("=", "C", "N", "O");
    assertThat(vocabulary.size()).isEqualTo(5);
    assertThat(vocabulary.encode(Notation.SMILES.spell(List.of("C=O")), 5).tokens())
        .containsExactly(2, 1, 4, 0, 0);
    assertThat(vocabulary.decode(new byte[] {0, 2, 0, 4, 0, 0, 0, 0}, 2, 4))
        .containsExactly("CO", "");
  }

  @Test
  void whatDoesNotFitIsCounted() {
    List<List<String>> spelled =
        new ArrayList<>(Notation.SMILES.spell(List.of("CCO", "CCCCO", "CN", "CO")));
    Vocabulary vocabulary = Vocabulary.of(Notation.SMILES, spelled.subList(0, 1));
    spelled.add(null);
    Vocabulary.Encoded rows = vocabulary.encode(spelled, 4);
    assertThat(rows.molecules()).containsExactly(0, 3);
    assertThat(rows.tooLong()).isEqualTo(1);
    assertThat(rows.unknown()).isEqualTo(1);
    assertThat(rows.unwritable()).isEqualTo(1);
  }

  @Test
  void a255thTokenIsKeptAndA256thRefused() {
    List<String> many = new ArrayList<>();
    for (int i = 0; i < 256; i++) many.add("[" + (i + 1) + "C]");
    List<String> most = many.subList(0, 255);
    Vocabulary vocabulary = Vocabulary.of(Notation.SMILES, List.of(most));
    byte[] row = vocabulary.encode(List.of(most), 255).tokens();
    assertThat(row[Arrays.asList(vocabulary.tokens().toArray()).size() - 1]).isNotZero();
    assertThat(vocabulary.decode(row, 1, 255)).containsExactly(String.join("", most));
    assertThatThrownBy(() -> Vocabulary.of(Notation.SMILES, List.of(many)))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("256 tokens");
  }
}
