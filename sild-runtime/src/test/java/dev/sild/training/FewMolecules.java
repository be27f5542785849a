package dev.sild.training;

import dev.sild.data.DataSet;
import dev.sild.data.TokenShape;
import dev.sild.data.molecule.Notation;
import dev.sild.data.molecule.Smiles;
import dev.sild.data.molecule.TokenBank;
import dev.sild.data.molecule.Vocabulary;
import java.util.List;

/** Some dozens of small molecules, labelled by whether they have a nitrogen. */
public final class FewMolecules {
  private static final List<String> TRAINED =
      List.of(
          "C", "N", "O", "CC", "CN", "CO", "C#N", "C=O", "CCC", "CCN", "CCO", "CNC", "COC", "C#C",
          "C=C", "CC#N", "CC=O", "CC#C", "CC=C", "NC=O", "C1CC1", "C1CN1", "C1CO1", "OCO", "NCN",
          "CCCC", "CCCN", "CCCO", "CC(C)C", "CC(C)N", "CC(C)O", "C1CCC1");
  private static final List<String> KEPT =
      List.of("NCO", "COCO", "CCOC", "CCNC", "N=CN", "C1CNC1", "C1COC1", "C=CC=C");

  private FewMolecules() {}

  /** Spelled in a language. */
  public static DataSet.Molecules in(Notation notation) {
    List<List<String>> spelled = notation.spell(canonical(TRAINED));
    Vocabulary vocabulary = Vocabulary.of(notation, spelled);
    int length = spelled.stream().mapToInt(List::size).max().orElseThrow();
    return new DataSet.Molecules(
        "few",
        bank(vocabulary, canonical(TRAINED), length),
        bank(vocabulary, canonical(KEPT), length),
        new TokenShape(length, vocabulary),
        List.of("without", "with"),
        "by hand");
  }

  private static List<String> canonical(List<String> smiles) {
    return smiles.stream().map(Smiles::canonical).toList();
  }

  private static TokenBank bank(Vocabulary vocabulary, List<String> smiles, int length) {
    Vocabulary.Encoded rows = vocabulary.encode(vocabulary.notation().spell(smiles), length);
    byte[] labels = new byte[smiles.size()];
    for (int i = 0; i < labels.length; i++) labels[i] = label(smiles.get(i));
    return new TokenBank(rows.tokens(), length, smiles, labels); // fails if one does not fit
  }

  /** The class of a molecule. */
  static byte label(String smiles) {
    return (byte) (smiles.contains("N") ? 1 : 0);
  }
}
