package dev.sild.data.molecule;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is valid, and what its canonical form leaves out. */
class VerdictTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "C",
        "c1ccccc1",
        "[NH4+].[Cl-]",
        "CN(=O)=O",
        "C[N+](=O)[O-]",
        "OS(=O)(=O)O",
        "[H][H]"
      })
  void moleculesAreValid(String smiles) {
    assertThat(Verdict.of(smiles).fault()).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "'', empty",
    "C1CC, 'Unclosed ring'",
    "c1cccc1, 'kekul'",
    "C(C)(C)(C)(C)C, 'CDK has no type of C with 5 neighbours and bonds of total order 5'",
    "C=O=C, 'CDK has no type of O with 2 neighbours and bonds of total order 4'",
    "CC=F, 'CDK has no type of F with 1 neighbours and bonds of total order 2'",
    "C*, 'CDK has no type of'",
    "'CC ethane', 'a blank inside'"
  })
  void saysWhatIsWrong(String smiles, String fault) {
    Verdict verdict = Verdict.of(smiles);
    assertThat(verdict.valid()).isFalse();
    assertThat(verdict.canonical()).isNull();
    assertThat(verdict.fault()).containsIgnoringCase(fault).doesNotContain("\n");
  }

  @Test
  void aVeryLongChainIsRefusedAndALongOneRead() {
    assertThat(Verdict.of("C".repeat(10_000)).fault()).startsWith("10,000 characters");
    assertThat(Verdict.of("C".repeat(Smiles.MOST)).valid()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "C1=CC=CC=C1, c1ccccc1",
    "OCC, CCO",
    "N[C@@H](C)C(=O)O, N[C@H](C)C(=O)O",
    "F/C=C/F, F/C=C\\F",
    "[13CH4], C",
    "[H]OC([H])([H])[H], CO"
  })
  void differentStringsAreTheSameMolecule(String a, String b) {
    assertThat(Smiles.canonical(a)).isEqualTo(Smiles.canonical(b));
  }

  /** CDK's labelling swings between two strings of this molecule. */
  @Test
  void theCanonicalFormOfACanonicalFormIsItself() {
    String smiles = Smiles.canonical("NC1=NC(N)=N1");
    assertThat(Smiles.canonical(smiles)).isEqualTo(smiles);
  }
}
