package dev.sild.data.molecule;

import dev.sild.data.molecule.SelfiesDecoder.Trust;
import java.util.Arrays;
import java.util.List;

/**
 * SELFIES, version 2: a language whose every string is a molecule (Krenn, Häse, Nigam, Friederich,
 * Aspuru-Guzik, "Self-referencing embedded strings", Mach. Learn.: Sci. Technol. 1, 045024, 2020;
 * Krenn et al., "SELFIES and the future of molecular string representations", Patterns 3, 100588,
 * 2022; Lo et al., "Recent advances in the SELFIES library", Digital Discovery 2, 897, 2023).
 */
final class Selfies {
  private Selfies() {}

  /**
   * The symbols of a molecule, in the order of its atoms; "." stands between fragments.
   *
   * @throws IllegalArgumentException if {@link Smiles#parse} throws it, or an atom has more bonds
   *     than SELFIES allows, or stereochemistry other than @, @@, / and \
   */
  static List<String> encode(String smiles) {
    boolean aromatic = smiles.chars().anyMatch(c -> "bcnops".indexOf(c) >= 0);
    return SelfiesEncoder.encode(SmilesReader.read(aromatic ? Smiles.kekule(smiles) : smiles));
  }

  /**
   * The molecule of any symbols as the specification derives it, as Kekulé SMILES; empty if none of
   * them is an atom. What is not a symbol of SELFIES is passed over.
   */
  static String decode(List<String> symbols) {
    List<String> read = withoutPadding(symbols);
    return SelfiesDecoder.decode(read, trust(read.size())).graph().smiles();
  }

  /**
   * The same, made valid. The constraints of SELFIES know how many bonds an atom makes, not which:
   * they let phosphorus have two double bonds, and leave ammonium short of hydrogens. Where CDK
   * knows no type of an atom, its symbol is trusted less and all is derived again, so that what
   * comes out is valid as {@link Verdict} has it, as long as it is no longer than {@link
   * Smiles#MOST}. What is valid already stays as it is.
   */
  static String decodeValid(List<String> symbols) {
    List<String> read = withoutPadding(symbols);
    Trust[] trust = trust(read.size());
    while (true) {
      SelfiesDecoder.Derived derived = SelfiesDecoder.decode(read, trust);
      String smiles = derived.graph().smiles();
      if (smiles.isEmpty() || smiles.length() > Smiles.MOST) return smiles;
      List<Integer> untyped = Verdict.untyped(smiles);
      if (untyped.isEmpty()) return smiles;
      boolean changed = false;
      for (int atom : untyped) changed |= lower(trust, derived.places().get(atom));
      if (changed) continue;
      for (int place : derived.places()) changed |= lower(trust, place);
      if (!changed) return smiles; // all carbon
    }
  }

  private static List<String> withoutPadding(List<String> symbols) {
    return symbols.stream().filter(s -> !s.equals("[nop]")).toList();
  }

  private static Trust[] trust(int size) {
    Trust[] trust = new Trust[size];
    Arrays.fill(trust, Trust.WRITTEN);
    return trust;
  }

  private static boolean lower(Trust[] trust, int place) {
    if (trust[place] == Trust.PLACE) return false;
    trust[place] = Trust.values()[trust[place].ordinal() + 1];
    return true;
  }
}
