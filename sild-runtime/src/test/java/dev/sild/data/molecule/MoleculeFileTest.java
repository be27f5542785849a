package dev.sild.data.molecule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sild.UserException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of molecules: what is read, what is refused, what is kept. */
class MoleculeFileTest {
  @TempDir Path folder;

  @Test
  void moleculesAreDistinctAndInvalidOnesNamed() throws IOException {
    Molecules set =
        read(
            """
            mol_id,SMILES,active
            a,OCC,1
            b,c1cccc1,0
            c,"C(C)O",
            d,C1=CC=CC=C1,0
            e,c1ccccc1,1
            f,FC=F,1
            g,CO,0.0
            h,CN,
            i,NC,1
            """,
            "active");
    assertThat(set.smiles())
        .containsExactly(canonical("CCO"), canonical("c1ccccc1"), canonical("CO"), canonical("CN"));
    // what is known stays, what rows contradict does not
    assertThat(set.labels()).containsExactly(1, Molecules.UNKNOWN, 0, 1);
    assertThat(set.rows()).isEqualTo(9);
    assertThat(set.duplicates()).isEqualTo(3);
    assertThat(set.invalid()).extracting(Molecules.Invalid::row).containsExactly(2L, 6L);
    assertThat(set.invalid().getFirst().smiles()).isEqualTo("c1cccc1");
    assertThat(Molecules.Invalid.faults(set.invalid()).lines().skip(1))
        .hasSize(2)
        .allMatch(line -> line.startsWith("  1 × "));
  }

  @Test
  void ofManyFaultsTheCommonestAreNamed() {
    List<Molecules.Invalid> rows = new ArrayList<>();
    for (int i = 0; i < 9; i++) // 4 × a, 2 × b, then c, d and e
    rows.add(
          new Molecules.Invalid(
              i + 1, "C" + i, List.of("a", "b", "a", "c", "a", "d", "a", "b", "e").get(i)));
    assertThat(Molecules.Invalid.faults(rows).lines())
        .containsExactly(
            "",
            "  4 × a, as row 1: C0",
            "  2 × b, as row 2: C1",
            "  1 × c, as row 4: C3",
            "  … and 2 rows of 2 other kinds");
    assertThat(Molecules.Invalid.faults(rows.subList(0, 5)).lines()).hasSize(4);
  }

  /** As DeepChem publishes it: packed, 128 columns of assays, then mol_id and smiles. */
  @Test
  void pcbaIsRead() throws IOException {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 128; i++) text.append("PCBA-").append(1030 + i).append(',');
    text.append("mol_id,smiles\n");
    for (String smiles : List.of("CC(=O)N1CCC2(CC1)NC(=O)N(c1ccccc1)N2", "Cc1cc(C)n2cnnc2n1"))
      text.append("0,,1").append(",".repeat(126)).append("CID1,").append(smiles).append('\n');
    Path file = folder.resolve("pcba.csv.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write(text.toString().getBytes(StandardCharsets.UTF_8));
    }
    Molecules set = MoleculeFile.read(file, List.of("PCBA-1030", "PCBA-1031", "PCBA-1032"), folder);
    assertThat(set.size()).isEqualTo(2);
    assertThat(set.labels()).containsExactly(0, -1, 1, 0, -1, 1);
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, java.util.Arrays.copyOf(bytes, bytes.length / 2));
    refused("is damaged (gzip)", file);
  }

  @Test
  void badFilesAreRefusedInOneLine() throws IOException {
    refused("there is no such file", folder.resolve("none.csv"));
    refused("is a folder", folder);
    refused("is empty", file(""));
    refused("has no row", file("smiles\n"));
    refused("has no column smiles, only id, structure", file("id,structure\n1,CC\n"));
    refused("row 2 has 3 columns, not 2", file("smiles,a\nC,1\nC,1,2\n"));
    refused("is no CSV", file("smiles,a\n\"CC,1\nCO,0\n"));
    refused("is no CSV", file("smiles,smiles\nC,C\n"));
    refused("row 1 has a molecule of 10,000 characters", file("smiles\n" + "C".repeat(10_000)));
    refused("none of 2 rows is a valid molecule; the first: xx", file("smiles\nxx\nC(\n"));
    assertThatThrownBy(() -> read("smiles,act\nC,yes\n", "act"))
        .isInstanceOf(UserException.class)
        .hasMessageEndingWith("row 1 has the activity 'yes': it must be 0, 1 or empty");
    assertThatThrownBy(() -> read("smiles,act\nC,1\n", "HIV_active"))
        .hasMessageContaining("has no column HIV_active, only smiles, act");
    for (String source : List.of("enumerate:9", "enumerate:", "enumerate:x"))
      assertThatThrownBy(() -> MoleculeFile.open(source, List.of(), folder))
          .hasMessageStartingWith(source + ": cannot be enumerated");
    assertThatThrownBy(() -> MoleculeFile.open("enumerate:2", List.of("a"), folder))
        .hasMessageContaining("has no activities");
  }

  @Test
  void whatWasReadIsKeptUntilItIsDamagedOrTheFileChanges() throws IOException {
    Path file = file("smiles,a\nCCO,1\nbad,0\nCN,\n");
    Path cache = folder.resolve("deep/cache");
    Molecules first = MoleculeFile.read(file, List.of("a"), cache);
    Path kept = only(cache);
    String text = Files.readString(kept);
    // a kept set is believed: this one says CCCO, with the digest that belongs to it
    String body = text.substring(65).replaceFirst("CCO|OCC", "CCCO");
    Files.writeString(kept, digest(body) + "\n" + body);
    assertThat(MoleculeFile.read(file, List.of("a"), cache).smiles()).contains("CCCO");
    Files.writeString(kept, text.replaceFirst("CN|NC", "CCN"));
    same(MoleculeFile.read(file, List.of("a"), cache), first);
    assertThat(Files.readString(kept)).isEqualTo(text);
    same(MoleculeFile.read(file, List.of("a"), cache), first);
    MoleculeFile.read(file, List.of(), cache);
    try (var files = Files.list(cache)) {
      assertThat(files).hasSize(2);
    }
  }

  /** Counts of the structure generator, methane to the isomers of four heavy atoms. */
  @Test
  void smallMoleculesAreEnumerated() {
    Molecules set = MoleculeFile.enumerate(3, folder);
    assertThat(set.invalid()).isEmpty();
    assertThat(set.smiles()).doesNotHaveDuplicates();
    assertThat(set.smiles())
        .contains(canonical("C"), canonical("CO"), canonical("C#N"), canonical("C1CO1"))
        .contains(canonical("O=C=O"), canonical("CCC"), canonical("N#CN"));
    // C2H6O, C2H4O, C2H2O, C2O by hand: 2, 3, 3 and 1 of them
    assertThat(set.smiles().stream().filter(s -> s.replaceAll("[^CO]", "").length() == 3))
        .filteredOn(
            s -> s.replaceAll("[^C]", "").length() == 2 && s.replaceAll("[^O]", "").length() == 1)
        .hasSize(2 + 3 + 3 + 1);
    same(MoleculeFile.open("enumerate:3", List.of(), folder), set);
  }

  @Test
  void splitsAreDisjointAndWhole() {
    Molecules set = MoleculeFile.enumerate(4, folder);
    Molecules.Split random = set.randomSplit(0.1, 3);
    whole(set, random);
    assertThat(random.heldOut().size()).isEqualTo(Math.round(0.1f * set.size()));
    assertThat(random.heldOut().smiles()).isEqualTo(set.randomSplit(0.1, 3).heldOut().smiles());
    assertThat(random.heldOut().smiles()).isNotEqualTo(set.randomSplit(0.1, 4).heldOut().smiles());
    Molecules.Split scaffold = set.scaffoldSplit(0.1);
    whole(set, scaffold);
    assertThat(scaffolds(scaffold.training()))
        .doesNotContainAnyElementsOf(scaffolds(scaffold.heldOut()));
    assertThat(scaffold.training().size()).isLessThanOrEqualTo(set.size() - set.size() / 10);
    assertThatThrownBy(() -> set.randomSplit(1e-9, 1)).isInstanceOf(UserException.class);
    int[] chains =
        IntStream.range(0, set.size()).filter(i -> !set.smiles().get(i).contains("1")).toArray();
    assertThatThrownBy(() -> set.select(chains).scaffoldSplit(0.5))
        .hasMessageContaining("split at random");
  }

  @Test
  void scaffoldsAreRingsAndTheirLinks() {
    assertThat(Scaffold.of("CC(C)CC")).isEqualTo(new Scaffold("", 0));
    assertThat(Scaffold.of("Cc1ccccc1O")).isEqualTo(new Scaffold(canonical("c1ccccc1"), 1));
    assertThat(Scaffold.of("CC(=O)c1ccc(CC(C)c2ccncc2)cc1"))
        .isEqualTo(new Scaffold(canonical("c1ccc(CCc2ccncc2)cc1"), 2));
    assertThat(Scaffold.of("O=C1C=CC(=O)C=C1")).isEqualTo(new Scaffold(canonical("C1C=CCC=C1"), 1));
    assertThat(Scaffold.of("Cn1cccc1")).isEqualTo(new Scaffold(canonical("[nH]1cccc1"), 1));
  }

  private static Set<String> scaffolds(Molecules set) {
    Set<String> scaffolds = new HashSet<>();
    set.smiles().forEach(smiles -> scaffolds.add(Scaffold.of(smiles).smiles()));
    return scaffolds;
  }

  private static void whole(Molecules set, Molecules.Split split) {
    assertThat(split.training().size() + split.heldOut().size()).isEqualTo(set.size());
    Set<String> all = new HashSet<>(split.training().smiles());
    all.addAll(split.heldOut().smiles());
    assertThat(all).hasSize(set.size()).containsAll(set.smiles());
  }

  private static void same(Molecules a, Molecules b) {
    assertThat(a).usingRecursiveComparison().isEqualTo(b);
  }

  private Molecules read(String text, String... tasks) throws IOException {
    return MoleculeFile.read(file(text), List.of(tasks), folder.resolve("cache"));
  }

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("set.csv"), text);
  }

  private void refused(String message, Path file) {
    assertThatThrownBy(() -> MoleculeFile.read(file, List.of(), folder.resolve("cache")))
        .isInstanceOf(UserException.class)
        .hasMessageStartingWith(file.toString())
        .hasMessageContaining(message)
        .message()
        .doesNotContain("\n");
  }

  private static Path only(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.toList().getFirst();
    }
  }

  private static String digest(String text) {
    try {
      byte[] sha =
          java.security.MessageDigest.getInstance("SHA-256")
              .digest(text.getBytes(StandardCharsets.UTF_8));
      return java.util.HexFormat.of().formatHex(sha);
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private static String canonical(String smiles) {
    return Smiles.canonical(smiles);
  }
}
