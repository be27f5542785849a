package dev.sild.data.molecule;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Writes a graph as SELFIES, atom by atom in its order. */
final class SelfiesEncoder {
  private final BondGraph graph;

  private SelfiesEncoder(BondGraph graph) {
    this.graph = graph;
  }

  /**
   * The symbols of a molecule; "." stands between fragments.
   *
   * @throws IllegalArgumentException if an atom has more bonds than it can make
   */
  static List<String> encode(BondGraph graph) {
    for (int i = 0; i < graph.size(); i++) {
      int capacity = Constraints.HYPERVALENT.capacity(graph.atom(i));
      if (graph.orders(i) > capacity)
        throw new IllegalArgumentException(
            "the atom %s has %d bonds: SELFIES allows it %d"
                .formatted(graph.atom(i).smiles(), graph.orders(i), Math.max(0, capacity)));
    }
    SelfiesEncoder encoder = new SelfiesEncoder(graph);
    List<String> symbols = new ArrayList<>();
    for (int root : graph.roots()) {
      if (!symbols.isEmpty()) symbols.add(".");
      encoder.fragment(symbols, root, "");
    }
    return symbols;
  }

  private void fragment(List<String> out, int first, String firstBond) {
    String bond = firstBond;
    for (int atom = first; ; ) {
      AtomSymbol symbol = graph.atom(atom);
      out.add("[" + bond + (handChanges(atom) ? symbol.inverted() : symbol).selfies() + "]");
      List<BondGraph.Bond> leaving = graph.bonds(atom);
      for (BondGraph.Bond ring : leaving) if (ring.ring() && ring.to() < atom) ring(out, ring);
      List<BondGraph.Bond> tree = leaving.stream().filter(b -> !b.ring()).toList();
      if (tree.isEmpty()) return;
      for (BondGraph.Bond branch : tree.subList(0, tree.size() - 1)) branch(out, branch);
      bond = symbol(tree.getLast());
      atom = tree.getLast().to();
    }
  }

  private void branch(List<String> out, BondGraph.Bond bond) {
    List<String> inside = new ArrayList<>();
    fragment(inside, bond.to(), symbol(bond));
    List<String> length = SelfiesSymbols.number(inside.size() - 1);
    out.add("[" + SelfiesSymbols.bond(bond.order()) + "Branch" + length.size() + "]");
    out.addAll(length);
    out.addAll(inside);
  }

  /** A ring is written where it is closed. */
  private void ring(List<String> out, BondGraph.Bond closing) {
    List<String> distance = SelfiesSymbols.number(closing.from() - closing.to() - 1);
    char right = closing.stereo();
    char left =
        graph.bonds(closing.to()).stream()
            .filter(b -> b.to() == closing.from())
            .findFirst()
            .orElseThrow()
            .stereo();
    String bond =
        closing.order() > 1 || left == 0 && right == 0
            ? SelfiesSymbols.bond(closing.order())
            : "" + (left == 0 ? '-' : left) + (right == 0 ? '-' : right);
    out.add("[" + bond + "Ring" + distance.size() + "]");
    out.addAll(distance);
  }

  private static String symbol(BondGraph.Bond bond) {
    return bond.order() == 1 && bond.stereo() != 0
        ? String.valueOf(bond.stereo())
        : SelfiesSymbols.bond(bond.order());
  }

  /**
   * Whether @ becomes @@. Chirality counts an atom's bonds in their order; SELFIES knows but one:
   * rings that this atom closes, rings that it opens, by the atom that closes them, then branches.
   */
  private boolean handChanges(int atom) {
    if (graph.atom(atom).chirality().isEmpty()) return false;
    List<BondGraph.Bond> written = graph.bonds(atom);
    List<BondGraph.Bond> read =
        written.stream()
            .sorted(
                Comparator.comparingInt(
                    b -> !b.ring() ? 2 * graph.size() : b.to() < atom ? -1 : b.to()))
            .toList(); // stable: those of equal rank keep their order
    int inversions = 0;
    for (int i = 0; i < read.size(); i++)
      for (int j = i + 1; j < read.size(); j++)
        if (written.indexOf(read.get(i)) > written.indexOf(read.get(j))) inversions++;
    return inversions % 2 == 1;
  }
}
