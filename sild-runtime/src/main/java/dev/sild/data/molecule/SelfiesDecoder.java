package dev.sild.data.molecule;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Derives a molecule from symbols of SELFIES. The state is the number of bonds that the last atom
 * can still make; a symbol that asks for more gets what there is. Symbols that are no SELFIES, or
 * an atom with more hydrogens than it can hold, are passed over as [nop] is.
 */
final class SelfiesDecoder {
  private static final Pattern BRANCH = Pattern.compile("\\[([=#]?)Branch([123])]");
  private static final Pattern RING = Pattern.compile("\\[([=#]|[-/\\\\][-/\\\\])?Ring([123])]");
  private static final Pattern ATOM = Pattern.compile("\\[([=#/\\\\]?)([^=#/\\\\\\[\\]]+)]");
  private static final int END = -1; // nothing more can be attached

  private final List<String> symbols;
  private final Trust[] trust;
  private final BondGraph graph = new BondGraph();
  private final List<Integer> places = new ArrayList<>(); // of each atom among the symbols
  private final List<Ring> rings = new ArrayList<>();
  private int fragment; // its end
  private int next;

  private record Ring(int left, int right, int order, char leftStereo, char rightStereo) {}

  /** How far a symbol is believed. */
  enum Trust {
    /** As it is written. */
    WRITTEN,
    /** Its element and charge; bonds fill the octet, and hydrogens what other atoms leave. */
    OCTET,
    /** Only that an atom is there: it is carbon. */
    PLACE
  }

  /**
   * What was derived.
   *
   * @param graph maybe without atoms
   * @param places of its atoms among the symbols
   */
  record Derived(BondGraph graph, List<Integer> places) {}

  private SelfiesDecoder(List<String> symbols, Trust[] trust) {
    this.symbols = symbols;
    this.trust = trust;
  }

  /**
   * Derives.
   *
   * @param trust in each symbol
   */
  static Derived decode(List<String> symbols, Trust[] trust) {
    SelfiesDecoder decoder = new SelfiesDecoder(symbols, trust);
    while (decoder.next < symbols.size()) {
      int dot = symbols.subList(decoder.next, symbols.size()).indexOf(".");
      decoder.fragment = dot < 0 ? symbols.size() : decoder.next + dot;
      decoder.derive(Integer.MAX_VALUE, 0, -1);
      decoder.next = decoder.fragment + 1;
    }
    int[] made = new int[decoder.graph.size()];
    for (Ring ring : decoder.rings) decoder.close(ring, made);
    decoder.fillOctets();
    return new Derived(decoder.graph, decoder.places);
  }

  /**
   * Reads a chain.
   *
   * @param most symbols of it; those that it has no use for are passed over
   * @param bonds that its first atom may make to the root; 0 at the start of a fragment
   * @param root atom before it
   */
  private void derive(int most, int bonds, int root) {
    int end = (int) Math.min(fragment, (long) next + most);
    int state = bonds;
    int last = root;
    while (state != END && next < end) {
      String symbol = symbols.get(next++);
      Matcher branch = BRANCH.matcher(symbol);
      Matcher ring = RING.matcher(symbol);
      if (branch.matches()) {
        if (state > 1) state = branch(order(branch.group(1)), branch.group(2), state, last);
      } else if (ring.matches()) {
        if (state > 0) state = ring(ring.group(1), ring.group(2), state, last);
      } else if (symbol.equals("[epsilon]")) {
        if (state > 0) state = END;
      } else {
        int atoms = graph.size();
        state = atom(symbol, state, last);
        if (graph.size() > atoms) last = atoms;
      }
    }
    next = Math.max(next, end);
  }

  /** Attaches an atom to the last one, or begins with it; returns the next state. */
  private int atom(String symbol, int state, int last) {
    Matcher m = ATOM.matcher(symbol);
    AtomSymbol atom = m.matches() ? AtomSymbol.ofSelfies(m.group(2)) : null;
    if (atom == null || Constraints.HYPERVALENT.capacity(atom) < 0) return state;
    int place = next - 1;
    if (trust[place] == Trust.PLACE) atom = AtomSymbol.CARBON;
    int capacity = capacity(atom, trust[place]);
    int order = Math.min(order(m.group(1)), Math.min(state, capacity));
    if (state == 0) graph.addRoot(atom);
    else if (order > 0) graph.addAtom(atom, last, order, stereo(m.group(1)));
    if (state == 0 || order > 0) places.add(place);
    return capacity == order ? END : capacity - order;
  }

  private static int capacity(AtomSymbol atom, Trust trust) {
    return trust == Trust.OCTET
        ? Constraints.OCTET.valence(atom)
        : Constraints.HYPERVALENT.capacity(atom);
  }

  private int branch(int wanted, String digits, int state, int last) {
    int order = Math.min(state - 1, wanted);
    derive(number(digits) + 1, order, last);
    return state - order;
  }

  private int ring(String kind, String digits, int state, int last) {
    boolean stereo = kind != null && kind.length() == 2;
    int order = Math.min(stereo ? 1 : order(kind == null ? "" : kind), state);
    int left = Math.max(0, last - (number(digits) + 1));
    char leftStereo = stereo ? stereo(kind.substring(0, 1)) : 0;
    char rightStereo = stereo ? stereo(kind.substring(1)) : 0;
    rings.add(new Ring(left, last, order, leftStereo, rightStereo));
    return state == order ? END : state - order;
  }

  private int number(String digits) {
    int value = 0;
    for (int i = 0; i < digits.charAt(0) - '0'; i++)
      value = 16 * value + SelfiesSymbols.digit(next < fragment ? symbols.get(next++) : null);
    return value;
  }

  private static int order(String bond) {
    return bond.equals("=") ? 2 : bond.equals("#") ? 3 : 1;
  }

  private static char stereo(String bond) {
    return bond.equals("/") || bond.equals("\\") ? bond.charAt(0) : 0;
  }

  /** Closes a ring as far as both ends have bonds left when the chains stand. */
  private void close(Ring ring, int[] made) {
    int order = Math.min(ring.order, Math.min(free(ring.left), free(ring.right)));
    if (ring.left == ring.right || order <= 0) return;
    int present = graph.order(ring.left, ring.right);
    if (present > 0) {
      graph.setOrder(ring.left, ring.right, Math.min(3, present + order));
    } else {
      var bond = new BondGraph.Bond(ring.left, ring.right, order, ring.leftStereo, true);
      graph.addRing(bond, made[ring.left]++, made[ring.right]++, ring.rightStereo);
    }
  }

  private int free(int atom) {
    return capacity(graph.atom(atom), trust[places.get(atom)]) - graph.orders(atom);
  }

  private void fillOctets() {
    for (int i = 0; i < graph.size(); i++) {
      AtomSymbol atom = graph.atom(i);
      if (trust[places.get(i)] == Trust.OCTET && atom.hydrogens() != AtomSymbol.NONE)
        graph.replace(i, atom.withHydrogens(free(i)));
    }
  }
}
