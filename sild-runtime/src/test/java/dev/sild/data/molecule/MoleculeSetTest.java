package dev.sild.data.molecule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sild.Progress;
import dev.sild.UserException;
import dev.sild.data.DataSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** From a file to what is trained on, and what is held out. */
class MoleculeSetTest {
  private static final List<String> RINGS = List.of("C1CC1", "C1CCC1", "C1COC1", "C1CNC1");

  @TempDir Path folder;

  /** 40 molecules of four rings and of none, each ring with eight side chains. */
  private Path file() throws IOException {
    StringBuilder text = new StringBuilder("smiles,active\n");
    int i = 0;
    for (String ring : List.of("", RINGS.get(0), RINGS.get(1), RINGS.get(2), RINGS.get(3)))
      for (String chain : List.of("C", "N", "O", "CC", "CN", "CO", "CCC", "CCO"))
        text.append(chain)
            .append(ring)
            .append(',')
            .append(List.of("1", "0", "").get(i++ % 3))
            .append('\n');
    text.append("C1CC,1\n").append("OCC,0\n"); // invalid; repeated
    return Files.writeString(folder.resolve("made.csv"), text);
  }

  private DataSet.Molecules load(
      Notation notation, MoleculeSet.Split split, int length, String task) throws IOException {
    return new MoleculeSet(notation, split, length, 0.2, task)
        .load("" + file(), folder.resolve("cache"), Progress.SILENT);
  }

  @ParameterizedTest
  @EnumSource(MoleculeSet.Split.class)
  void whatIsHeldOutIsNotTrainedOn(MoleculeSet.Split split) throws IOException {
    for (Notation notation : Notation.values()) {
      DataSet.Molecules data = load(notation, split, 0, "");
      Set<String> trained = new HashSet<>(data.trained().smiles());
      assertThat(trained)
          .hasSize(data.trained().count())
          .doesNotContainAnyElementsOf(data.kept().smiles());
      assertThat(data.trained().count() + data.kept().count())
          .isLessThanOrEqualTo(40)
          .isGreaterThan(30);
      assertThat(data.shape().vocabulary().notation()).isEqualTo(notation);
      for (TokenBank bank : List.of(data.trained(), data.kept())) {
        List<String> read =
            data.shape().vocabulary().decode(bank.tokens(), bank.count(), bank.length());
        for (int i = 0; i < bank.count(); i++) {
          assertThat(Smiles.canonical(read.get(i))).isEqualTo(bank.smiles().get(i));
          assertThat(Smiles.canonical(bank.smiles().get(i))).isEqualTo(bank.smiles().get(i));
        }
        assertThat(
                data.shape().smiles(data.shape().oneHot(bank.tokens(), bank.count()), bank.count()))
            .isEqualTo(read);
      }
      if (split == MoleculeSet.Split.SCAFFOLD)
        assertThat(scaffolds(data.trained())).doesNotContainAnyElementsOf(scaffolds(data.kept()));
    }
  }

  private static Set<String> scaffolds(TokenBank bank) {
    return bank.smiles().stream()
        .map(smiles -> Scaffold.of(smiles).smiles())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The longest training molecule's tokens, or as many as was said: longer ones are left out. */
  @Test
  void lengthIsThatOfTheLongestOrWhatWasSaid() throws IOException {
    DataSet.Molecules all = load(Notation.SMILES, MoleculeSet.Split.RANDOM, 0, "");
    byte[] tokens = all.trained().tokens();
    int length = all.shape().length();
    boolean full = false;
    for (int i = 0; i < all.trained().count(); i++) full |= tokens[(i + 1) * length - 1] != 0;
    assertThat(full).isTrue();
    DataSet.Molecules few = load(Notation.SMILES, MoleculeSet.Split.RANDOM, 5, "");
    assertThat(few.shape().length()).isEqualTo(5);
    assertThat(few.trained().count()).isBetween(5, all.trained().count() - 1);
    for (String smiles : few.trained().smiles())
      assertThat(Notation.SMILES.tokens(smiles)).hasSizeLessThanOrEqualTo(5);
    int left = 40 - few.trained().count() - few.kept().count();
    assertThat(few.describe())
        .isEqualTo(
            "made: %d training and %d held-out molecules, SMILES of %d tokens, up to 5 long, split at random, left out: 1 invalid, 1 repeated, %d that do not fit"
                .formatted(few.trained().count(), few.kept().count(), few.shape().columns(), left));
    assertThatThrownBy(() -> load(Notation.SELFIES, MoleculeSet.Split.SCAFFOLD, 1, ""))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("none of 1 tokens is left");
  }

  /** What is not known is a class of its own. */
  @Test
  void activitiesAreLabels() throws IOException {
    DataSet.Molecules data = load(Notation.SELFIES, MoleculeSet.Split.RANDOM, 0, "active");
    assertThat(data.classes()).containsExactly("inactive", "active", "unknown");
    assertThat(data.describe()).endsWith(", classes: inactive, active, unknown");
    Molecules file = MoleculeFile.read(file(), List.of("active"), folder.resolve("cache"));
    assertThat(file.labels()).contains(0, 1, -1);
    for (TokenBank bank : List.of(data.trained(), data.kept()))
      for (int i = 0; i < bank.count(); i++) {
        byte label = file.label(file.smiles().indexOf(bank.smiles().get(i)), 0);
        assertThat((int) bank.labels()[i]).isEqualTo(label < 0 ? 2 : label);
      }
    assertThat(load(Notation.SELFIES, MoleculeSet.Split.RANDOM, 0, "").classes()).isEmpty();
  }

  @Test
  void everyLoadingSplitsAlike() throws IOException {
    DataSet.Molecules once = load(Notation.SELFIES, MoleculeSet.Split.RANDOM, 0, "");
    assertThat(load(Notation.SELFIES, MoleculeSet.Split.RANDOM, 0, "")).isEqualTo(once);
  }
}
