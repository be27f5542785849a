package dev.sild.data.molecule;

import org.openscience.cdk.fragment.MurckoFragmenter;
import org.openscience.cdk.graph.Cycles;
import org.openscience.cdk.interfaces.IAtom;
import org.openscience.cdk.interfaces.IAtomContainer;
import org.openscience.cdk.interfaces.IBond;
import org.openscience.cdk.smiles.SmiFlavor;

/**
 * The scaffold of Bemis and Murcko (J. Med. Chem. 39, 2887, 1996): rings and what links them. Side
 * chains are cut off, doubly bonded oxygen with them, and hydrogen put in their place.
 *
 * @param smiles canonical, "" of a molecule without rings
 * @param rings in the smallest set of smallest rings
 */
public record Scaffold(String smiles, int rings) {
  /**
   * Of a molecule.
   *
   * @throws IllegalArgumentException if it is not valid SMILES
   */
  public static Scaffold of(String smiles) {
    IAtomContainer molecule = Smiles.parse(smiles);
    IAtomContainer scaffold = MurckoFragmenter.scaffold(molecule);
    if (scaffold == null || scaffold.isEmpty()) return new Scaffold("", 0);
    for (IAtom atom : scaffold.atoms()) {
      IAtom whole = molecule.getAtom(molecule.indexOf(atom));
      int cut = orders(whole) - orders(atom);
      atom.setImplicitHydrogenCount(atom.getImplicitHydrogenCount() + cut);
    }
    // a ring that has lost a side chain with a double bond may no longer be aromatic
    return new Scaffold(
        Smiles.canonical(Smiles.write(scaffold, SmiFlavor.Generic)),
        Cycles.mcb(scaffold).numberOfCycles());
  }

  private static int orders(IAtom atom) {
    int sum = 0;
    for (IBond bond : atom.bonds()) sum += bond.getOrder().numeric();
    return sum;
  }
}
