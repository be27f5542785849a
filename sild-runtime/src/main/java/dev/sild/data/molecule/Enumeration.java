package dev.sild.data.molecule;

import dev.sild.data.molecule.MoleculeFile.Row;
import java.util.ArrayList;
import java.util.List;
import org.openscience.cdk.exception.CDKException;
import org.openscience.cdk.interfaces.IAtomContainer;
import org.openscience.cdk.silent.SilentChemObjectBuilder;
import org.openscience.cdk.smiles.SmiFlavor;
import org.openscience.cdk.smiles.SmilesGenerator;
import org.openscience.cdk.structgen.maygen.Maygen;

/** All isomers of all formulas of C, H, N and O with a carbon, in a fixed order. */
final class Enumeration {
  private Enumeration() {}

  static List<Row> rows(int heavyAtoms) {
    List<String> all =
        formulas(heavyAtoms).parallelStream().flatMap(f -> isomers(f).stream()).toList();
    List<Row> rows = new ArrayList<>(all.size());
    for (int i = 0; i < all.size(); i++) rows.add(new Row(i + 1, all.get(i), new byte[0]));
    return rows;
  }

  /** Formulas of up to so many heavy atoms with as many hydrogens as valences allow. */
  private static List<String> formulas(int heavyAtoms) {
    List<String> formulas = new ArrayList<>();
    for (int size = 1; size <= heavyAtoms; size++)
      for (int c = size; c >= 1; c--)
        for (int n = size - c; n >= 0; n--)
          for (int h = 2 * c + n + 2; h >= (size == 1 ? 1 : 0); h -= 2)
            formulas.add(part("C", c) + part("H", h) + part("N", n) + part("O", size - c - n));
    return formulas;
  }

  private static String part(String element, int count) {
    return count == 0 ? "" : count == 1 ? element : element + count;
  }

  private static List<String> isomers(String formula) {
    List<String> found = new ArrayList<>();
    Maygen generator = new Maygen(SilentChemObjectBuilder.getInstance());
    generator.setFormula(formula);
    generator.setConsumer(new Writer(found));
    try {
      generator.run();
    } catch (
        Exception e) { // what it declares: IOException, CloneNotSupportedException, CDKException
      throw new IllegalStateException("the structure generator fails at " + formula, e);
    }
    return found;
  }

  private record Writer(List<String> found) implements Maygen.Consumer {
    @Override
    public void consume(IAtomContainer molecule) {
      try {
        found.add(new SmilesGenerator(SmiFlavor.Generic).create(molecule));
      } catch (CDKException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
