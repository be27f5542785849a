package dev.sild.data.molecule;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.openscience.cdk.aromaticity.Aromaticity;
import org.openscience.cdk.exception.CDKException;
import org.openscience.cdk.exception.InvalidSmilesException;
import org.openscience.cdk.interfaces.IAtomContainer;
import org.openscience.cdk.silent.SilentChemObjectBuilder;
import org.openscience.cdk.smiles.SmiFlavor;
import org.openscience.cdk.smiles.SmilesGenerator;
import org.openscience.cdk.smiles.SmilesParser;
import org.openscience.cdk.tools.manipulator.AtomContainerManipulator;

/** SMILES to CDK's molecules and back. */
public final class Smiles {
  /** The most characters that are read: CDK follows a chain by recursion. */
  public static final int MOST = 2000;

  private static final int CANONICAL = SmiFlavor.Unique | SmiFlavor.UseAromaticSymbols;

  private Smiles() {}

  /**
   * The molecule with bonds in Kekulé's form, hydrogens implied wherever they may be, and
   * aromaticity by Daylight's rules.
   *
   * @throws IllegalArgumentException if it is empty, too long, no SMILES, or has no Kekulé form
   */
  public static IAtomContainer parse(String smiles) {
    return aromatic(AtomContainerManipulator.suppressHydrogens(raw(smiles)));
  }

  /** Marks what is aromatic. */
  static IAtomContainer aromatic(IAtomContainer molecule) {
    Aromaticity.apply(Aromaticity.Model.Daylight, molecule);
    return molecule;
  }

  /**
   * The molecule with every atom that is written, without aromaticity.
   *
   * @throws IllegalArgumentException as {@link #parse} does
   */
  static IAtomContainer raw(String smiles) {
    if (smiles.length() > MOST)
      throw new IllegalArgumentException(
          "%,d characters: at most %,d are read".formatted(smiles.length(), MOST));
    if (smiles.isEmpty()) throw new IllegalArgumentException("empty");
    if (smiles.chars().anyMatch(Character::isWhitespace))
      throw new IllegalArgumentException("a blank inside: what follows would be a title");
    try {
      IAtomContainer molecule =
          new SmilesParser(SilentChemObjectBuilder.getInstance()).parseSmiles(smiles);
      if (molecule.isEmpty()) throw new IllegalArgumentException("no atoms");
      Aromaticity.clear(molecule);
      return molecule;
    } catch (InvalidSmilesException e) {
      throw new IllegalArgumentException(reason(e), e);
    }
  }

  /** What CDK says without the string, which may be long, and hides that faults are alike. */
  private static String reason(InvalidSmilesException e) {
    String line = e.getMessage().lines().findFirst().orElse("no SMILES");
    return line.replaceFirst("^could not parse '.*', ", "").replaceFirst(":\\s*$", "");
  }

  /**
   * The canonical form. CDK's labelling of a molecule of high symmetry may depend on the order of
   * its atoms, so it is repeated until it comes to rest, or to a cycle, whose first string in
   * alphabetical order is taken: so the canonical form of a canonical form is itself. (Of cages and
   * phosphazenes it still may depend on the order in which atoms are written: of 9 of the 133,885
   * molecules of QM9, 9 of the 41,913 of HIV, none of MUV.)
   *
   * @throws IllegalArgumentException as {@link #parse} does
   */
  public static String canonical(String smiles) {
    return canonical(parse(smiles));
  }

  /** The canonical form of a molecule that {@link #parse} made. */
  public static String canonical(IAtomContainer molecule) {
    List<String> orbit = new ArrayList<>();
    String next = once(molecule);
    while (!orbit.contains(next)) {
      orbit.add(next);
      next = once(parse(next));
    }
    return Collections.min(orbit.subList(orbit.indexOf(next), orbit.size()));
  }

  private static String once(IAtomContainer molecule) {
    return write(molecule, CANONICAL);
  }

  /**
   * The same atoms in the same order with single and double bonds instead of aromatic symbols, and
   * with all that the string says of stereochemistry and isotopes.
   *
   * @throws IllegalArgumentException as {@link #parse} does
   */
  static String kekule(String smiles) {
    return write(raw(smiles), SmiFlavor.Isomeric);
  }

  /**
   * As SMILES of a flavour of {@link SmiFlavor}.
   *
   * @throws IllegalArgumentException if CDK cannot
   */
  static String write(IAtomContainer molecule, int flavour) {
    try {
      return new SmilesGenerator(flavour).create(molecule);
    } catch (CDKException e) {
      throw new IllegalArgumentException("CDK cannot write it: " + e.getMessage(), e);
    }
  }
}
