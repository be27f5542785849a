package dev.sild.data.molecule;

import java.util.HashMap;
import java.util.Map;

/**
 * The semantic constraints of SELFIES: how many bonds an atom can make, hydrogens included.
 *
 * @param bonds by element and charge: "C", "N+1", "O-1"
 * @param others of all atoms that are not listed
 */
record Constraints(Map<String, Integer> bonds, int others) {
  private static final String DEFAULT =
      "H 1 F 1 Cl 1 Br 1 I 1 B 3 B+1 2 B-1 4 O 2 O+1 3 O-1 1 N 3 N+1 4 N-1 2"
          + " C 4 C+1 3 C-1 3 P 5 P+1 4 P-1 6 S 6 S+1 5 S-1 5";

  /**
   * The preset "hypervalent" of the specification: QM9 writes nitrogen with five bonds, HIV
   * halogens with more than one.
   */
  static final Constraints HYPERVALENT = of(DEFAULT + " Cl 7 Br 7 I 7 N 5", 8);

  /** Bonds that fill the octet, of the elements that have one; none of ions and metals. */
  static final Constraints OCTET =
      of(DEFAULT + " P 3 P+1 4 P-1 2 S 2 S+1 3 S-1 1 Si 4 Ge 4 Sn 4 As 3 Se 2 Te 2", 0);

  Constraints {
    bonds = Map.copyOf(bonds);
  }

  /** What is listed later replaces what is listed before. */
  private static Constraints of(String list, int others) {
    String[] words = list.split(" ");
    Map<String, Integer> bonds = new HashMap<>();
    for (int i = 0; i < words.length; i += 2) bonds.put(words[i], Integer.parseInt(words[i + 1]));
    return new Constraints(bonds, others);
  }

  /** Bonds in all. */
  int valence(AtomSymbol atom) {
    int charge = atom.charge();
    String name = charge == 0 ? atom.element() : "%s%+d".formatted(atom.element(), charge);
    return bonds.getOrDefault(name, others);
  }

  /** Bonds to other atoms than the hydrogens written with it; negative if it has too many. */
  int capacity(AtomSymbol atom) {
    return valence(atom) - Math.max(0, atom.hydrogens());
  }
}
