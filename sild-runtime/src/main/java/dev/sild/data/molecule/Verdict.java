package dev.sild.data.molecule;

import java.util.List;
import java.util.stream.IntStream;
import org.openscience.cdk.atomtype.CDKAtomTypeMatcher;
import org.openscience.cdk.exception.CDKException;
import org.openscience.cdk.interfaces.IAtom;
import org.openscience.cdk.interfaces.IAtomContainer;
import org.openscience.cdk.interfaces.IAtomType;
import org.openscience.cdk.silent.SilentChemObjectBuilder;
import org.openscience.cdk.tools.manipulator.AtomContainerManipulator;

/**
 * Whether a string is "valid (CDK)": it parses, has a Kekulé form, and CDK knows a type of every
 * atom. (Parsing alone does not look at valences.)
 *
 * @param canonical canonical form, or null
 * @param fault why it is invalid, in a few words, or null
 */
public record Verdict(String canonical, String fault) {
  private static final String PLACE = "dev.sild.place";

  /** Judges a string. */
  public static Verdict of(String smiles) {
    try {
      IAtomContainer molecule = AtomContainerManipulator.suppressHydrogens(Smiles.raw(smiles));
      List<IAtom> untyped = untyped(molecule);
      return untyped.isEmpty()
          ? new Verdict(Smiles.canonical(Smiles.aromatic(molecule)), null)
          : new Verdict(null, fault(untyped.getFirst()));
    } catch (IllegalArgumentException e) {
      return new Verdict(null, e.getMessage());
    }
  }

  private static String fault(IAtom atom) {
    int charge = atom.getFormalCharge();
    return "CDK has no type of %s%s with %d neighbours and bonds of total order %.0f"
        .formatted(
            atom.getSymbol(),
            charge == 0 ? "" : "%+d".formatted(charge),
            atom.getBondCount() + atom.getImplicitHydrogenCount(),
            AtomContainerManipulator.getBondOrderSum(atom.getContainer(), atom));
  }

  /** Whether it is valid. */
  public boolean valid() {
    return fault == null;
  }

  /**
   * The atoms of a string without a type, from 0 in the order in which they are written. They are
   * sought where hydrogen is implied: to CDK an atom with a hydrogen that is written out may be of
   * another type.
   *
   * @throws IllegalArgumentException as {@link Smiles#parse} does
   */
  static List<Integer> untyped(String smiles) {
    IAtomContainer molecule = Smiles.raw(smiles);
    for (IAtom atom : molecule.atoms()) atom.setProperty(PLACE, atom.getIndex());
    return untyped(AtomContainerManipulator.suppressHydrogens(molecule)).stream()
        .<Integer>map(atom -> atom.getProperty(PLACE))
        .toList();
  }

  private static List<IAtom> untyped(IAtomContainer molecule) {
    try {
      IAtomType[] types =
          CDKAtomTypeMatcher.getInstance(SilentChemObjectBuilder.getInstance())
              .findMatchingAtomTypes(molecule);
      return IntStream.range(0, types.length)
          .filter(i -> types[i] == null || "X".equals(types[i].getAtomTypeName()))
          .mapToObj(molecule::getAtom)
          .toList();
    } catch (CDKException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }
}
