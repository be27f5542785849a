package dev.sild.data.molecule;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads Kekulé SMILES into the graph that it spells, in the order in which it spells it. */
final class SmilesReader {
  private final BondGraph graph = new BondGraph();
  private final Deque<Integer> branches = new ArrayDeque<>();
  private final Map<String, Opening> rings = new HashMap<>();
  private int last = -1; // the atom that the next bond leaves; none at the start of a fragment
  private String bond = "";

  /** Where a ring was opened: the atom, the place among its bonds, and what was written there. */
  private record Opening(int atom, int place, String bond) {}

  private SmilesReader() {}

  /**
   * Reads.
   *
   * @throws IllegalArgumentException if it is not SMILES, or has aromatic symbols, wildcards,
   *     quadruple bonds, rings across dots or stereochemistry beyond @, @@, / and \
   */
  static BondGraph read(String smiles) {
    SmilesReader reader = new SmilesReader();
    List<String> tokens = SmilesTokens.split(smiles);
    for (String token : tokens) reader.accept(token);
    if (reader.last < 0 || !reader.bond.isEmpty() || !reader.branches.isEmpty())
      throw new IllegalArgumentException("ends before it is complete");
    if (!reader.rings.isEmpty()) throw new IllegalArgumentException("a ring is not closed");
    return reader.graph;
  }

  private void accept(String token) {
    char first = token.charAt(0);
    switch (first) {
      case '-', '=', '#', '/', '\\' -> bond = token;
      case '(' -> branches.push(last);
      case ')' -> {
        if (branches.isEmpty()) throw new IllegalArgumentException("a branch is not open");
        last = branches.pop();
      }
      case '.' -> {
        if (!branches.isEmpty() || !rings.isEmpty())
          throw new IllegalArgumentException("a branch or a ring is open at a dot");
        last = -1;
      }
      default -> {
        if (first == '%' || Character.isDigit(first)) ring(token);
        else atom(token);
      }
    }
  }

  private void atom(String token) {
    AtomSymbol atom = AtomSymbol.ofSmiles(token);
    if (atom == null) throw new IllegalArgumentException("the atom " + token + " has no SELFIES");
    last = last < 0 ? graph.addRoot(atom) : graph.addAtom(atom, last, order(bond), stereo(bond));
    bond = "";
  }

  private void ring(String token) {
    String number = token.startsWith("%") ? token.substring(1) : token;
    Opening opening = rings.remove(number);
    // a place is held by a bond to nowhere until the ring is closed
    if (opening == null) {
      List<BondGraph.Bond> bonds = graph.bonds(last);
      rings.put(number, new Opening(last, bonds.size(), bond));
      bonds.add(new BondGraph.Bond(last, -1, 0, (char) 0, true));
    } else {
      graph.bonds(opening.atom).remove(opening.place);
      int order = Math.max(order(opening.bond), order(bond));
      var leaving = new BondGraph.Bond(opening.atom, last, order, stereo(opening.bond), true);
      graph.addRing(leaving, opening.place, graph.bonds(last).size(), stereo(bond));
    }
    bond = "";
  }

  private static int order(String bond) {
    return bond.equals("=") ? 2 : bond.equals("#") ? 3 : 1;
  }

  private static char stereo(String bond) {
    return bond.equals("/") || bond.equals("\\") ? bond.charAt(0) : 0;
  }
}
