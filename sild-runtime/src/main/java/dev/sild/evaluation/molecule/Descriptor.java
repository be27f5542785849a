package dev.sild.evaluation.molecule;

import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import org.openscience.cdk.config.Elements;
import org.openscience.cdk.graph.Cycles;
import org.openscience.cdk.interfaces.IAtom;
import org.openscience.cdk.interfaces.IAtomContainer;
import org.openscience.cdk.interfaces.IBond;
import org.openscience.cdk.qsar.IMolecularDescriptor;
import org.openscience.cdk.qsar.descriptors.molecular.HBondAcceptorCountDescriptor;
import org.openscience.cdk.qsar.descriptors.molecular.HBondDonorCountDescriptor;
import org.openscience.cdk.qsar.descriptors.molecular.RotatableBondsCountDescriptor;
import org.openscience.cdk.qsar.descriptors.molecular.TPSADescriptor;
import org.openscience.cdk.qsar.descriptors.molecular.XLogPDescriptor;
import org.openscience.cdk.tools.manipulator.AtomContainerManipulator;

/** A number that describes a molecule as {@code Smiles.parse} makes it. */
public enum Descriptor {
  /** Molecular weight, g/mol. */
  WEIGHT(m -> AtomContainerManipulator.getMass(m, AtomContainerManipulator.MolWeight)),
  /** Rings, in the smallest set of smallest ones. */
  RINGS(m -> Cycles.mcb(m).numberOfCycles()),
  /** Atoms in aromatic rings. */
  AROMATIC_ATOMS(m -> count(m, IAtom::isAromatic)),
  /** Share of the carbons that have single bonds only; 0 without carbon. */
  SATURATED_CARBONS(Descriptor::saturated),
  /** Atoms other than hydrogen. */
  HEAVY_ATOMS(m -> count(m, a -> a.getAtomicNumber() != Elements.Hydrogen.number())),
  /** Atoms other than carbon and hydrogen. */
  HETEROATOMS(m ->
      count(
          m,
          a ->
              a.getAtomicNumber() != Elements.Hydrogen.number()
                  && a.getAtomicNumber() != Elements.Carbon.number())),
  /** Nitrogen atoms. */
  NITROGEN(m -> count(m, a -> a.getAtomicNumber() == Elements.Nitrogen.number())),
  /** Oxygen atoms. */
  OXYGEN(m -> count(m, a -> a.getAtomicNumber() == Elements.Oxygen.number())),
  /** Atoms with a formal charge. */
  CHARGED_ATOMS(m -> count(m, a -> a.getFormalCharge() != 0)),
  /** Double and triple bonds, those of aromatic rings in Kekulé's form with them. */
  MULTIPLE_BONDS(Descriptor::multipleBonds),
  /**
   * Octanol–water partition, log₁₀ P by XLogP (Wang, Fu, Lai, J. Chem. Inf. Comput. Sci. 37, 615,
   * 1997).
   */
  LOG_P(m -> cdk(new XLogPDescriptor(), m)),
  /** Topological polar surface, Å² (Ertl, Rohde, Selzer, J. Med. Chem. 43, 3714, 2000). */
  POLAR_SURFACE(m -> cdk(new TPSADescriptor(), m)),
  /** Acceptors of hydrogen bonds. */
  ACCEPTORS(m -> cdk(new HBondAcceptorCountDescriptor(), m)),
  /** Donors of hydrogen bonds. */
  DONORS(m -> cdk(new HBondDonorCountDescriptor(), m)),
  /** Rotatable bonds, none of them terminal. */
  ROTATABLE_BONDS(m -> cdk(new RotatableBondsCountDescriptor(), m));

  private final ToDoubleFunction<IAtomContainer> value;

  Descriptor(ToDoubleFunction<IAtomContainer> value) {
    this.value = value;
  }

  double of(IAtomContainer molecule) {
    return value.applyAsDouble(molecule);
  }

  private static double cdk(IMolecularDescriptor descriptor, IAtomContainer molecule) {
    return Double.parseDouble(descriptor.calculate(molecule).getValue().toString());
  }

  private static int count(IAtomContainer molecule, Predicate<IAtom> is) {
    int count = 0;
    for (IAtom atom : molecule.atoms()) if (is.test(atom)) count++;
    return count;
  }

  private static double saturated(IAtomContainer molecule) {
    int carbons = count(molecule, a -> a.getAtomicNumber() == Elements.Carbon.number());
    int saturated =
        count(
            molecule,
            a -> {
              if (a.getAtomicNumber() != Elements.Carbon.number()) return false;
              for (IBond bond : a.bonds()) if (bond.getOrder() != IBond.Order.SINGLE) return false;
              return true;
            });
    return carbons == 0 ? 0 : (double) saturated / carbons;
  }

  private static int multipleBonds(IAtomContainer molecule) {
    int count = 0;
    for (IBond bond : molecule.bonds()) if (bond.getOrder() != IBond.Order.SINGLE) count++;
    return count;
  }
}
