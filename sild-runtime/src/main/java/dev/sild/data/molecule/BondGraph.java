package dev.sild.data.molecule;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * A molecule in the order in which it is written: atoms 0, 1, …, and at each atom its bonds as they
 * leave it. A bond of the spanning tree leaves its first atom only; a ring bond leaves both.
 */
final class BondGraph {
  /** The most rings that SMILES can hold open at once. */
  private static final int OPEN_RINGS = 99;

  /**
   * A bond as it leaves an atom.
   *
   * @param order 1, 2 or 3
   * @param stereo '/', '\\', or 0
   */
  record Bond(int from, int to, int order, char stereo, boolean ring) {
    private Bond ofOrder(int order) {
      return new Bond(from, to, order, stereo, ring);
    }

    private String symbol() {
      return switch (order) {
        case 2 -> "=";
        case 3 -> "#";
        default -> stereo == 0 ? "" : String.valueOf(stereo);
      };
    }
  }

  private final List<AtomSymbol> atoms = new ArrayList<>();
  private final List<List<Bond>> bonds = new ArrayList<>();
  private final List<Integer> orders = new ArrayList<>(); // sum over all bonds of an atom
  private final List<Integer> roots = new ArrayList<>();

  int size() {
    return atoms.size();
  }

  AtomSymbol atom(int i) {
    return atoms.get(i);
  }

  List<Bond> bonds(int i) {
    return bonds.get(i);
  }

  /** Sum of the orders of an atom's bonds, without hydrogens. */
  int orders(int i) {
    return orders.get(i);
  }

  List<Integer> roots() {
    return roots;
  }

  void replace(int i, AtomSymbol atom) {
    atoms.set(i, atom);
  }

  /** Adds the first atom of a fragment. */
  int addRoot(AtomSymbol atom) {
    roots.add(atoms.size());
    return add(atom);
  }

  /** Adds an atom and its bond of the spanning tree, as the last bond of {@code from}. */
  int addAtom(AtomSymbol atom, int from, int order, char stereo) {
    int to = add(atom);
    bonds.get(from).add(new Bond(from, to, order, stereo, false));
    count(from, to, order);
    return to;
  }

  private int add(AtomSymbol atom) {
    atoms.add(atom);
    bonds.add(new ArrayList<>());
    orders.add(0);
    return atoms.size() - 1;
  }

  /** Adds a ring bond as bond {@code place} and {@code otherPlace} of its two atoms. */
  void addRing(Bond bond, int place, int otherPlace, char otherStereo) {
    bonds.get(bond.from).add(place, bond);
    bonds.get(bond.to).add(otherPlace, new Bond(bond.to, bond.from, bond.order, otherStereo, true));
    count(bond.from, bond.to, bond.order);
  }

  /** The order of the bond between two atoms, 0 if there is none. */
  int order(int a, int b) {
    for (Bond bond : bonds.get(Math.min(a, b))) if (bond.to == Math.max(a, b)) return bond.order;
    return 0;
  }

  /** Changes the order of a bond that is there. */
  void setOrder(int a, int b, int order) {
    count(a, b, order - order(a, b));
    bonds.get(a).replaceAll(bond -> bond.to == b ? bond.ofOrder(order) : bond);
    bonds.get(b).replaceAll(bond -> bond.to == a ? bond.ofOrder(order) : bond);
  }

  private void count(int a, int b, int order) {
    orders.set(a, orders.get(a) + order);
    orders.set(b, orders.get(b) + order);
  }

  /** As Kekulé SMILES, fragments parted by dots. Ring bonds beyond 99 open ones are left out. */
  String smiles() {
    StringBuilder out = new StringBuilder();
    Rings rings = new Rings();
    for (int root : roots) {
      if (!out.isEmpty()) out.append('.');
      write(out, root, rings);
    }
    return out.toString();
  }

  private void write(StringBuilder out, int first, Rings rings) {
    for (int atom = first; ; ) {
      out.append(atoms.get(atom).smiles());
      List<Bond> leaving = bonds.get(atom);
      rings.write(out, atom, leaving);
      List<Bond> tree = leaving.stream().filter(bond -> !bond.ring).toList();
      if (tree.isEmpty()) return;
      for (Bond branch : tree.subList(0, tree.size() - 1)) {
        out.append('(').append(branch.symbol());
        write(out, branch.to, rings);
        out.append(')');
      }
      Bond last = tree.getLast();
      out.append(last.symbol());
      atom = last.to;
    }
  }

  /** Numbers of rings: the least that is free, free again after the atom that closes it. */
  private static final class Rings {
    private final TreeSet<Integer> free = new TreeSet<>();
    private final List<long[]> open = new ArrayList<>(); // from, to, number

    Rings() {
      for (int i = 1; i <= OPEN_RINGS; i++) free.add(i);
    }

    void write(StringBuilder out, int atom, List<Bond> leaving) {
      List<Integer> closed = new ArrayList<>();
      for (Bond bond : leaving) {
        if (!bond.ring) continue;
        int number = atom < bond.to ? opened(atom, bond.to) : close(bond.to, atom, closed);
        if (number == 0) continue;
        out.append(bond.symbol()).append(number < 10 ? "" : "%").append(number);
      }
      free.addAll(closed);
    }

    private int opened(int from, int to) {
      if (free.isEmpty()) return 0;
      int number = free.removeFirst();
      open.add(new long[] {from, to, number});
      return number;
    }

    private int close(int from, int to, List<Integer> closed) {
      for (int i = 0; i < open.size(); i++)
        if (open.get(i)[0] == from && open.get(i)[1] == to) {
          int number = (int) open.remove(i)[2];
          closed.add(number);
          return number;
        }
      return 0;
    }
  }
}
