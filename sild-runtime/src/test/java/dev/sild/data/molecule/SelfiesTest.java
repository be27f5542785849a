package dev.sild.data.molecule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.openscience.cdk.interfaces.IAtomContainer;
import org.openscience.cdk.isomorphism.AtomMatcher;
import org.openscience.cdk.isomorphism.BondMatcher;
import org.openscience.cdk.isomorphism.VentoFoggia;

/** SELFIES as the specification has it; what it derives from any symbols. */
class SelfiesTest {
  private static final Pattern SYMBOL = Pattern.compile("\\[[^]]*]|\\.");

  /** Symbols that the specification calls robust, under its default constraints. */
  private static final List<String> ROBUST = robust();

  @ParameterizedTest
  @CsvSource({
    "C=CF, [C][=C][F]",
    "C1=CC=CC=C1, [C][=C][C][=C][C][=C][Ring1][=Branch1]",
    "CC(=O)O, [C][C][=Branch1][C][=O][O]",
    "C(F)(Cl)Br, [C][Branch1][C][F][Branch1][C][Cl][Br]",
    "[NH4+].[Cl-], [NH4+1].[Cl-1]",
    "[CH2]C, [CH2][C]",
    "[C]=C, [CH0][=C]",
    "[13CH3][2H], [13CH3][2H]",
    "N[C@@H](C)O, [N][C@@H1][Branch1][C][C][O]",
    "F/C=C\\F, [F][/C][=C][\\F]",
    "C=1CC1, [C][C][C][=Ring1][Ring1]",
    "C/1CC\\1, [C][C][C][/\\Ring1][Ring1]",
    "C/1CC1, [C][C][C][/-Ring1][Ring1]"
  })
  void writesTheSymbolsOfTheSpecification(String smiles, String selfies) {
    assertThat(String.join("", Selfies.encode(smiles))).isEqualTo(selfies);
  }

  @Test
  void numbersAreWrittenToTheBase16() {
    String chain = "C".repeat(300);
    assertThat(Selfies.encode("C1" + chain + "C1"))
        .endsWith("[Ring3]", "[Ring1]", "[Ring2]", "[=C]");
    assertThat(SelfiesSymbols.number(0x1B7)).containsExactly("[Ring1]", "[=N]", "[=Branch2]");
    for (int n = 0; n < SelfiesSymbols.LIMIT; n += 37) {
      int value = 0;
      for (String digit : SelfiesSymbols.number(n))
        value = 16 * value + SelfiesSymbols.digit(digit);
      assertThat(value).isEqualTo(n);
    }
    assertThatThrownBy(() -> SelfiesSymbols.number(4096)).hasMessageContaining("too long");
  }

  @ParameterizedTest
  @CsvSource({
    // branches and rings before the first atom are passed over
    "[Branch3][C][S][C][O], CSCO",
    "[Ring3][C][S][C][O], CSCO",
    // a branch at an atom with one bond left
    "[C][C][O][Branch1][C][I], CCOCI",
    // what stands at the end lacks its number
    "[C][C][C][C][Branch1], CCCC",
    "[C][C][C][C][C][Ring1], CCCC=C",
    // branches without atoms; the number counts symbols, also those that are not used
    "[C][Branch1][Ring2][Branch1][Branch1][Branch1][F], CF",
    "[C][=Branch1][Ring2][Branch1][C][Cl][F], C(Cl)F",
    // longer than the rest
    "[C][Branch2][O][O][C][C][S][F][C], CCCSF",
    "[C][#Branch2][O][O][#C][C][S][F], C#CCSF",
    "[C][C][C][C][Ring1][O], C1CCC1",
    "[C][Ring1][O], C",
    // a branch at the start of a branch
    "[S][=Branch1][Branch1][Branch1][C][Br][Cl][F], S(Br)(Cl)F",
    // rings on top of bonds, and of rings
    "[C][C][Ring1][C], C=C",
    "[C][C][=Ring1][C], C#C",
    "[C][C][C][C][Ring1][Ring2][Ring1][Ring2], C=1CCC=1",
    "[C][C][C][C][=Ring1][Ring2][=Ring1][Ring2], C#1CCC#1",
    // bonds are as many as both atoms can make
    "[F][=C][=C][#N], FC=C=N",
    "[O][#C][#N], O=C=N",
    "[C][F][C][C], CF",
    // padding and what is no symbol
    "[C][nop][C][what][O][nop], CCO",
    "[C][Branch1][C][F][what][O], C(F)O",
    "[C][Branch1][C][F][NH9][O], C(F)O",
    "[C][epsilon][C], C"
  })
  void derivesWhatTheSpecificationDerives(String selfies, String smiles) {
    assertThat(Smiles.canonical(Selfies.decode(symbols(selfies))))
        .isEqualTo(Smiles.canonical(smiles));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "N[C@@H](C)C(=O)O",
        "N[C@H](C)C(=O)O",
        "C[C@]12CCCC[C@H]1CCC2=O",
        "F/C=C/C=C\\F",
        "C1C/C=C/CCCCC1",
        "O=C1[C@H]2CC[C@@]1(C)C2(C)C",
        "C[C@@]1(Cl)OC1(F)Br",
        "[C@@](F)(Cl)(Br)I",
        "C[S@](=O)CC",
        // SELFIES has rings before branches, and in the order in which they close
        "N[C@@](F)1CCOC1",
        "F[C@]12CC2CCC1",
        "O1C[C@H]2CC[C@]1(N)C2",
        "[2H]C([2H])[13CH3]",
        "C1CC2(C1)CC2C%10CC%10"
      })
  void stereochemistryAndIsotopesComeBack(String smiles) {
    assertThat(same(Selfies.decode(Selfies.encode(smiles)), smiles)).isTrue();
  }

  @Test
  void oneHandIsNotTheOther() {
    String smiles = "C[C@]12CCCC[C@H]1CCC2=O";
    assertThat(same("N[C@@H](C)O", "O[C@H](C)N")).isTrue();
    assertThat(same(smiles, "C[C@@]12CCCC[C@H]1CCC2=O")).isFalse();
    assertThat(same("F/C=C/C", "F/C=C\\C")).isFalse();
    assertThat(same("[13CH3]C", "CC")).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "FC(F)(F)(F)F, the atom C has 5 bonds: SELFIES allows it 4",
    "C*, the atom * has no SELFIES",
    "C(C, ends before it is complete",
    "C1CC, a ring is not closed",
    "C1C.C1, a branch or a ring is open at a dot",
    "C)C, a branch is not open",
    "C?, the character '?' at 2 is not SMILES"
  })
  void saysWhatCannotBeWritten(String smiles, String message) {
    assertThatThrownBy(() -> Selfies.encode(smiles))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void anySymbolsAreAValidMolecule() {
    long seed = 20260;
    System.out.println("seed " + seed);
    SplittableRandom random = new SplittableRandom(seed);
    List<List<String>> strings = new ArrayList<>();
    for (int i = 0; i < 1500; i++) strings.add(random(random, ROBUST, 1 + random.nextInt(40)));
    List<String> all = new ArrayList<>(ROBUST);
    all.addAll(
        List.of("[nop]", "", "[", "C", "[Ring9]", "[NH9]", "[Na+1]", "[Cl-1]", "[Cu-4]", "[CH4]"));
    all.addAll(List.of("[C@@H1]", "[/C]", "[\\-Ring1]", "[13C]", "[=Fe+2]", "[999U]", "[O+9]"));
    all.addAll(List.of("[He]", "[Xx]", "[=]", "[#]", "[[]]", "[epsilon]", "[N+1]", "[SH1+1]"));
    for (int i = 0; i < 500; i++) strings.add(random(random, all, 1 + random.nextInt(60)));
    strings.parallelStream()
        .forEach(symbols -> {
          String smiles = Selfies.decodeValid(symbols);
          assertThat(Selfies.decode(symbols).isEmpty()).isEqualTo(smiles.isEmpty());
          if (smiles.isEmpty()) return; // no symbol is an atom
          Verdict verdict = Verdict.of(smiles);
          assertThat(verdict.fault()).as("%s of %s", smiles, symbols).isNull();
          assertThat(Verdict.of(verdict.canonical()).valid()).isTrue();
        });
  }

  @Test
  void longNonsenseNeverThrows() {
    SplittableRandom random = new SplittableRandom(7);
    for (int length : new int[] {3000, 20_000})
      for (int i = 0; i < 5; i++)
        assertThat(Selfies.decodeValid(random(random, ROBUST, length))).isNotNull();
    // the deepest nesting, and more rings open than SMILES can number
    List<String> nested = new ArrayList<>(List.of("[S]"));
    List<String> rings = new ArrayList<>();
    for (int i = 0; i < 1500; i++) nested.addAll(List.of("[Branch3]", "[P]", "[P]", "[P]", "[S]"));
    IntStream.range(0, 154).forEach(_ -> rings.add("[C]"));
    IntStream.range(0, 154).forEach(_ -> rings.addAll(List.of("[C]", "[Ring2]", "[O]", "[O]")));
    assertThat(Selfies.decodeValid(nested)).isNotEmpty();
    String smiles = Selfies.decodeValid(rings);
    assertThat(smiles).contains("%99").doesNotContain("%100");
    assertThat(Verdict.of(smiles).valid()).isTrue();
  }

  private static List<String> random(SplittableRandom random, List<String> from, int length) {
    return IntStream.range(0, length).mapToObj(_ -> from.get(random.nextInt(from.size()))).toList();
  }

  private static List<String> robust() {
    List<String> symbols = new ArrayList<>(SelfiesSymbols.DIGITS);
    for (String atom :
        "H F Cl Br I B B+1 B-1 O O+1 O-1 N N+1 N-1 C C+1 C-1 P P+1 P-1 S S+1 S-1".split(" "))
      for (String bond : List.of("", "=", "#")) symbols.add("[" + bond + atom + "]");
    for (int i = 1; i <= 3; i++)
      for (String bond : List.of("", "=", "#")) {
        symbols.add("[" + bond + "Ring" + i + "]");
        symbols.add("[" + bond + "Branch" + i + "]");
      }
    symbols.add(".");
    return symbols;
  }

  private static List<String> symbols(String selfies) {
    return SYMBOL.matcher(selfies).results().map(m -> m.group()).toList();
  }

  /** Whether two strings are the same with stereochemistry and isotopes. */
  private static boolean same(String a, String b) {
    IAtomContainer x = Smiles.raw(a);
    IAtomContainer y = Smiles.raw(b);
    return VentoFoggia.findIdentical(x, AtomMatcher.forElement(), BondMatcher.forOrder()).matches(y)
        && masses(x).equals(masses(y));
  }

  private static List<String> masses(IAtomContainer molecule) {
    return StreamSupport.stream(molecule.atoms().spliterator(), false)
        .map(atom -> atom.getSymbol() + atom.getMassNumber())
        .sorted()
        .toList();
  }
}
