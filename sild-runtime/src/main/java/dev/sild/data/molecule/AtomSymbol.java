package dev.sild.data.molecule;

import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.openscience.cdk.config.Elements;

/**
 * One atom, as Kekulé SMILES and SELFIES write it.
 *
 * @param element its symbol
 * @param isotope mass number, or {@link #NONE}
 * @param chirality "", "@" or "@@"
 * @param hydrogens those that are written with it, or {@link #NONE} where the valence implies them
 * @param charge formal charge
 */
record AtomSymbol(String element, int isotope, String chirality, int hydrogens, int charge) {
  /** No number is written. */
  static final int NONE = -1;

  /** Neutral carbon with the hydrogens that its valence implies. */
  static final AtomSymbol CARBON = new AtomSymbol("C", NONE, "", NONE, 0);

  private static final Set<String> ORGANIC =
      Set.of("B", "C", "N", "O", "S", "P", "F", "Cl", "Br", "I");

  private static final Pattern IN_SMILES =
      Pattern.compile(
          "\\[(\\d{0,3})([A-Z][a-z]?)(@{0,2})(H\\d?)?(\\++|-+|[+-]\\d{1,2})?(?::\\d{1,4})?]");
  private static final Pattern IN_SELFIES =
      Pattern.compile("(\\d{0,3})([A-Z][a-z]?)(@{0,2})(H\\d)?([+-][1-9]\\d?)?");

  /**
   * Reads a token of Kekulé SMILES: "C", "Cl", "[NH3+]", "[13C@@H]".
   *
   * @return null if it is no atom that SELFIES can write
   */
  static AtomSymbol ofSmiles(String token) {
    if (ORGANIC.contains(token)) return new AtomSymbol(token, NONE, "", NONE, 0);
    Matcher m = IN_SMILES.matcher(token);
    return m.matches() ? of(m) : null;
  }

  /**
   * Reads what stands in a symbol of SELFIES after the bond: "C", "Cl", "NH3+1", "13C@@H1".
   *
   * @return null if it is no atom
   */
  static AtomSymbol ofSelfies(String body) {
    if (ORGANIC.contains(body)) return new AtomSymbol(body, NONE, "", NONE, 0);
    Matcher m = IN_SELFIES.matcher(body);
    return m.matches() ? of(m) : null;
  }

  private static AtomSymbol of(Matcher m) {
    if (Elements.ofString(m.group(2)) == Elements.Unknown) return null;
    int isotope = m.group(1).isEmpty() ? NONE : Integer.parseInt(m.group(1));
    String h = m.group(4);
    int hydrogens = h == null ? 0 : h.length() == 1 ? 1 : h.charAt(1) - '0';
    return new AtomSymbol(m.group(2), isotope, m.group(3), hydrogens, charge(m.group(5)));
  }

  private static int charge(String text) {
    if (text == null) return 0;
    boolean number = Character.isDigit(text.charAt(text.length() - 1));
    int size = number ? Integer.parseInt(text.substring(1)) : text.length();
    return text.charAt(0) == '+' ? size : -size;
  }

  /** The other hand: "@" for "@@", "@@" for "@". */
  AtomSymbol inverted() {
    String other = chirality.equals("@") ? "@@" : "@";
    return chirality.isEmpty() ? this : new AtomSymbol(element, isotope, other, hydrogens, charge);
  }

  /** This atom with so many hydrogens and no hand. */
  AtomSymbol withHydrogens(int count) {
    return new AtomSymbol(element, isotope, "", count, charge);
  }

  /** As a token of SMILES. */
  String smiles() {
    if (hydrogens == NONE) return element;
    String h = hydrogens == 0 ? "" : hydrogens == 1 ? "H" : "H" + hydrogens;
    String q = charge == 0 ? "" : Math.abs(charge) == 1 ? (charge > 0 ? "+" : "-") : signed();
    return "[" + mass() + element + chirality + h + q + "]";
  }

  /** As SELFIES writes it between the bond and the bracket. */
  String selfies() {
    if (hydrogens == NONE) return element;
    boolean bare = isotope == NONE && chirality.isEmpty() && charge == 0;
    boolean explicit = hydrogens > 0 || bare && ORGANIC.contains(element);
    return mass()
        + element
        + chirality
        + (explicit ? "H" + hydrogens : "")
        + (charge == 0 ? "" : signed());
  }

  private String mass() {
    return isotope == NONE ? "" : Integer.toString(isotope);
  }

  private String signed() {
    return (charge > 0 ? "+" : "") + charge;
  }
}
