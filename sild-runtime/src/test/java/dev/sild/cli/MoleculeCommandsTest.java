package dev.sild.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sild.bindings.cuda.VirtualGpu;
import dev.sild.data.Npy;
import dev.sild.data.TokenShape;
import dev.sild.data.Vectors;
import dev.sild.data.molecule.Smiles;
import dev.sild.data.molecule.Verdict;
import dev.sild.sild.ModelFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Molecules through every command. */
class MoleculeCommandsTest {
  private static final List<String> ENDS =
      List.of("", "O", "N", "C#N", "C(=O)O", "OC", "NC", "C=C", "C1CC1", "C1CO1", "F", "c1ccccc1");
  private static final int CHAINS = 10;
  private static final int SIDE = 180; // pixels of a depiction
  private static final String[] SHORT = {"--set", "collapse.steps=10", "--set", "refine.steps=10"};

  @TempDir static Path scratch;
  private static Path csv;
  private static Path run;
  private static Map<?, ?> trained;

  @BeforeAll
  static void train() throws IOException {
    StringBuilder text = new StringBuilder("mol_id,smiles,toxic\n");
    List<String> molecules = molecules();
    for (int i = 0; i < molecules.size(); i++)
      text.append(
          "%d,%s,%d%n".formatted(i, molecules.get(i), molecules.get(i).contains("N") ? 1 : 0));
    csv = Files.writeString(scratch.resolve("chains.csv"), text);
    run = scratch.resolve("run");
    String[] labelled = {"--set", "data.attribute=toxic", "--set", "denoiser.conditional=true"};
    trained = Outcome.good(train("qm9", csv.toString(), run, and(labelled, "--json"))).json();
  }

  /** Chains of carbon with different ends. */
  private static List<String> molecules() {
    return IntStream.rangeClosed(1, CHAINS)
        .boxed()
        .flatMap(i -> ENDS.stream().map(end -> "C".repeat(i) + end))
        .toList();
  }

  private static String[] train(String preset, String data, Path out, String... more) {
    String[] words = {
      "--set", "autoencoder.latent=8",
      "--set", "autoencoder.blocks=1",
      "--set", "evaluation.samples=100",
      "--set", "collapse.steps=150",
      "--set", "data.length=0",
      "--data", data,
      "--out", out.toString()
    };
    return Tiny.train(preset, and(words, more));
  }

  private static String[] and(String[] args, String... more) {
    String[] all = Arrays.copyOf(args, args.length + more.length);
    System.arraycopy(more, 0, all, args.length, more.length);
    return all;
  }

  private static Path made(String command, String name, String... options) {
    Path out = scratch.resolve(name);
    Outcome.good(and(new String[] {command, run.toString(), "--out", out.toString()}, options));
    return out;
  }

  private static Path sample(String name, int count, String... options) {
    return made("sample", name, and(options, "--count", "" + count));
  }

  private static float[] rows(Path file) {
    return Vectors.read(file).data();
  }

  /** The fields of all lines. */
  private static List<String[]> lines(Path file) throws IOException {
    List<String[]> lines =
        Files.readAllLines(file).stream().map(line -> line.split("\t", -1)).toList();
    for (String[] fields : lines) {
      assertThat(fields).hasSize(3).doesNotContain("");
      if (!fields[2].equals("valid") && !fields[2].equals("same")) continue;
      assertThat(Smiles.canonical(fields[0])).isEqualTo(fields[0]);
    }
    return lines;
  }

  private static List<String> column(Path file, int field) throws IOException {
    return lines(file).stream().map(fields -> fields[field]).toList();
  }

  private static double share(Path file, String remark) throws IOException {
    List<String> remarks = column(file, 2);
    return (double) remarks.stream().filter(remark::equals).count() / remarks.size();
  }

  private static Map<?, ?> metrics(Map<?, ?> result) {
    return (Map<?, ?>) result.get("metrics");
  }

  private static TokenShape shape() throws IOException {
    return ModelFile.read(run.resolve(ModelFile.NAME)).space().tokens();
  }

  /** The line on stderr. */
  private static String refused(String... args) {
    Outcome outcome = Outcome.of(args);
    assertThat(outcome.code()).as("%s: %s", List.of(args), outcome.err()).isEqualTo(Main.MISTAKE);
    assertThat(outcome.err().lines()).hasSize(1);
    assertThat(outcome.err()).startsWith("sild: ").doesNotContain("Exception", "unexpected");
    return outcome.err();
  }

  @Test
  void aRunLeavesWhatItDrewAndAReport() throws IOException {
    Map<?, ?> metrics = metrics(trained);
    List<String> drawn = column(run.resolve("samples.smi"), 0);
    assertThat(drawn).hasSize(100);
    assertThat(column(run.resolve("samples.smi"), 1)).startsWith("sample-0", "sample-1");
    assertThat(metrics.get("validity")).isEqualTo(share(run.resolve("samples.smi"), "valid"));
    assertThat(metrics.get("validity")).isEqualTo(1.0); // SELFIES
    assertThat(metrics.get("valid_unique")).isEqualTo(new HashSet<>(drawn).size() / 100.0);
    String report = Files.readString(run.resolve("report.html"));
    assertThat(report)
        .contains("held-out molecules come back exactly", "100.0 % of 100 samples are valid")
        .contains("Molecular weight", "log₁₀ P", "Heavy atoms", "Rings", "Rotatable bonds")
        .contains("Topological polar surface", "Held-out data", "Reconstructions")
        .doesNotContain("no data");
    assertThat(report.split("data:image/png", -1)).hasSize(4);
    for (String name : List.of("samples.png", "held-out.png", "reconstructions.png"))
      assertThat(run.resolve(name)).isNotEmptyFile();
    assertThat(ImageIO.read(run.resolve("samples.png").toFile()).getWidth()).isEqualTo(8 * SIDE);
    assertThat(run.resolve("grids")).isNotEmptyDirectory();
  }

  @Test
  void samplesAreTheSameInEveryFormat() throws IOException {
    TokenShape shape = shape();
    float[] x = rows(sample("six.npy", 6));
    for (int token = 0; token < x.length; token += shape.columns()) {
      double sum = 0;
      for (int v = token; v < token + shape.columns(); v++) sum += x[v];
      assertThat(sum).isCloseTo(1, within(1e-5)); // a softmax in f32
    }
    List<String> six = column(sample("six.smi", 6), 0);
    assertThat(six)
        .isEqualTo(shape.smiles(x, 6).stream().map(s -> Verdict.of(s).canonical()).toList());
    assertThat(column(sample("three.smi", 3), 0)).isEqualTo(six.subList(0, 3));
    assertThat(column(run.resolve("samples.smi"), 0)).startsWith(six.toArray(String[]::new));
    var picture = ImageIO.read(sample("six.png", 6).toFile());
    assertThat(picture.getWidth()).isEqualTo(3 * SIDE);
    assertThat(picture.getHeight()).isEqualTo(2 * SIDE);
  }

  @Test
  void aLabelChangesWhatIsDrawnAndGuidanceStretchesIt() throws IOException {
    float[] active = rows(sample("active.npy", 4, "--label", "active"));
    assertThat(rows(sample("one.npy", 4, "--label", "1"))).isEqualTo(active);
    assertThat(rows(sample("inactive.npy", 4, "--label", "inactive"))).isNotEqualTo(active);
    String[] more = {"--label", "active", "--guidance", "3"};
    assertThat(rows(sample("more.npy", 4, more))).isNotEqualTo(active);
    assertThat(lines(sample("more.smi", 4, more))).hasSize(4);
  }

  @Test
  void reconstructionsStandBesideTheirOriginals() throws IOException {
    StringBuilder text = new StringBuilder("# first fields are SMILES\n\n");
    for (String smiles : molecules()) text.append(smiles).append("\ta name\n");
    Path smi = Files.writeString(scratch.resolve("chains.smi"), text);
    Path out = scratch.resolve("back.smi");
    String[] reconstruct = {"reconstruct", "" + run, "--out", "" + out, "--json", "--data"};
    Map<?, ?> figures = Outcome.good(and(reconstruct, "" + smi)).json();
    assertThat(column(out, 0)).isEqualTo(molecules().stream().map(Smiles::canonical).toList());
    assertThat(figures.get("molecule_accuracy")).isEqualTo(share(out, "same"));
    assertThat((Double) figures.get("token_accuracy")).isBetween(0.2, 1.0);
    assertThat(figures.get("left_out")).isEqualTo(List.of());
    List<String> back = column(out, 1);
    assertThat(Outcome.good(and(reconstruct, "" + csv)).json()).isEqualTo(figures);
    assertThat(column(out, 1)).isEqualTo(back);

    // the same by way of latents, and of one-hot rows
    Path z = made("encode", "z.npy", "--data", "" + smi);
    assertThat(Vectors.read(z).dimension()).isEqualTo(8);
    assertThat(column(made("decode", "decoded.smi", "--data", "" + z), 0)).isEqualTo(back);
    TokenShape shape = shape();
    float[] x = rows(made("reconstruct", "x.npy", "--data", "" + smi));
    Path hot = scratch.resolve("hot.npy");
    float[] ones = shape.oneHot(shape.likeliest(x, back.size()), back.size());
    Npy.write(hot, ones, new long[] {back.size(), shape.size()});
    assertThat(column(made("reconstruct", "hot.smi", "--data", "" + hot), 0)).isEqualTo(back);
    assertThat(made("reconstruct", "back.png", "--data", "" + smi)).isNotEmptyFile();
  }

  @Test
  void interpolationEndsInTheReconstructions() throws IOException {
    Path ends = Files.writeString(scratch.resolve("ends.smi"), "CCCO\nCCCCc1ccccc1\n");
    List<String> back = column(made("reconstruct", "ends-back.smi", "--data", "" + ends), 1);
    List<String> line = column(sample("line.smi", 5, "--interpolate", "CCCO,CCCCc1ccccc1"), 0);
    assertThat(List.of(line.getFirst(), line.getLast())).isEqualTo(back);
    List<String> between = column(sample("between.smi", 4, "--interpolate"), 0);
    assertThat(List.of(between.getFirst(), between.getLast()))
        .isEqualTo(column(sample("two.smi", 2), 0));
  }

  @Test
  void whatDoesNotFitIsCountedAndNamed() throws IOException {
    String[] all = {"CCO fits", "C1CC", "CCBr", "C".repeat(60), "CC(C)(C)(C)C", "CCN"};
    Path mixed = Files.write(scratch.resolve("mixed.smi"), List.of(all));
    String[] encode = {"encode", "" + run, "--out", path("mixed.npy"), "--data", "" + mixed};
    assertThat(Outcome.good(encode).out())
        .contains("4 of 6 molecules do not fit:", "as row 3: CCBr", "and 1 rows of 1 other kinds");
    Map<?, ?> result = Outcome.good(and(encode, "--json")).json();
    assertThat(result.get("count")).isEqualTo(2);
    List<Map<?, ?>> left =
        ((List<?>) result.get("left_out")).stream().<Map<?, ?>>map(row -> (Map<?, ?>) row).toList();
    assertThat(left.stream().map(row -> row.get("row")).toList()).isEqualTo(List.of(2, 3, 4, 5));
    assertThat(left.stream().map(row -> (String) row.get("fault")))
        .satisfiesExactly(
            fault -> assertThat(fault).containsIgnoringCase("unclosed ring"),
            fault -> assertThat(fault).isEqualTo("[Br] is no token of this model"),
            fault -> assertThat(fault).startsWith("more than "),
            fault -> assertThat(fault).contains("no type of C"));
    assertThat(Vectors.read(scratch.resolve("mixed.npy")).count()).isEqualTo(2);
  }

  /** A model that has hardly learned the grammar of SMILES draws invalid ones, too. */
  @Test
  void invalidSamplesStandAsTheyWereDrawn() throws IOException {
    Path out = scratch.resolve("smiles");
    String[] smiles = {"--set", "data.notation=smiles", "--json"};
    Map<?, ?> result = Outcome.good(train("qm9", "enumerate:4", out, smiles)).json();
    double valid = share(out.resolve("samples.smi"), "valid");
    assertThat(valid).isStrictlyBetween(0.0, 1.0);
    assertThat(metrics(result).get("validity")).isEqualTo(valid);
    for (String[] fields : lines(out.resolve("samples.smi")))
      assertThat(Verdict.of(fields[0]).valid()).isEqualTo(fields[2].equals("valid"));
    // what was enumerated is found again, from any folder
    assertThat(metrics(Outcome.good("evaluate", "" + out, "--json").json()))
        .isEqualTo(metrics(result));
  }

  @Test
  void moleculesAreDrawnWithoutAnEncoderToo() {
    Path out = scratch.resolve("ambient");
    Outcome.good(train("qm9", "" + csv, out, and(SHORT, "--method", "ambient")));
    assertThat(out.resolve("samples.smi")).isNotEmptyFile();
    assertThat(out.resolve("reconstructions.png")).doesNotExist();
  }

  @Test
  void aModelIsExported() {
    Path out = scratch.resolve("exported");
    Outcome.good("export", "" + run, "--format", "safetensors", "--out", "" + out);
    assertThat(out.resolve("model.safetensors")).isNotEmptyFile();
  }

  /** As DeepChem publishes it: packed, assays with 0, 1 or nothing, then mol_id and smiles. */
  @Test
  void pcbaHasMoleculesThatNobodyTested() throws IOException {
    StringBuilder text = new StringBuilder("PCBA-1030,PCBA-686978,mol_id,smiles\n");
    List<String> molecules = molecules();
    for (int i = 0; i < molecules.size(); i++)
      text.append(
          ",%s,CID%d,%s%n".formatted(List.of("0", "1", "").get(i % 3), i, molecules.get(i)));
    Path file = scratch.resolve("pcba.csv.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write(text.toString().getBytes(StandardCharsets.UTF_8));
    }
    Path pcba = scratch.resolve("pcba");
    String[] settings = {
      "--set", "data.attribute=PCBA-686978",
      "--set", "data.split=random",
      "--set", "denoiser.conditional=true"
    };
    Outcome.good(train("pcba", "" + file, pcba, and(SHORT, settings)));
    String[] sample = {"sample", "" + pcba, "--count", "2", "--out", path("pcba.smi"), "--label"};
    for (String label : List.of("inactive", "active", "unknown")) Outcome.good(and(sample, label));
    assertThat(refused(and(sample, "toxic"))).contains("inactive, active, unknown");
  }

  @Test
  void aGpuFindsTheSame() {
    assumeTrue(VirtualGpu.orReal(), "no GPU and no stand-in: built without nvcc");
    float[] cpu = rows(made("reconstruct", "cpu.npy", "--data", "" + csv, "--device", "cpu"));
    float[] gpu = rows(made("reconstruct", "gpu.npy", "--data", "" + csv, "--device", "cuda"));
    // products to 4·10⁻⁶ through a dozen layers, probabilities of at most 1
    assertThat(gpu).containsExactly(cpu, within(1e-3f));
  }

  private static String path(String name) {
    return scratch.resolve(name).toString();
  }

  private static String file(String name, String text) throws IOException {
    return Files.writeString(scratch.resolve(name), text).toString();
  }

  @Test
  void dataThatCannotBeTrainedOnGetOneLine() throws IOException {
    Path none = scratch.resolve("none");
    assertThat(refused("train", "qm9")).contains("--data");
    assertThat(refused(train("qm9", "enumerate:9", none))).contains("1 to 7");
    assertThat(refused(train("qm9", path("gone.csv"), none))).contains("gone.csv");
    assertThat(refused(train("qm9", file("open.csv", "smiles\n\"CC\nCCO\n"), none)))
        .contains("open.csv");
    assertThat(refused(train("qm9", file("ragged.csv", "a,smiles\n1,CC\nCCO\n"), none)))
        .contains("row 2");
    assertThat(refused(train("qm9", file("names.csv", "name\nCC\n"), none))).contains("smiles");
    assertThat(refused(train("qm9", file("empty.csv", ""), none))).contains("empty");
    String longest = file("long.csv", "smiles\nCC\n" + "C".repeat(10_000) + "\n");
    assertThat(refused(train("qm9", longest, none))).contains("10,000 characters");
    assertThat(refused(train("qm9", "" + csv, none, "--set", "data.attribute=taste")))
        .contains("taste");
    assertThat(refused(train("qm9", "enumerate:3", none, "--set", "data.attribute=taste")))
        .contains("no activities");
    assertThat(refused(train("qm9", "" + csv, none, "--set", "data.length=1"))).contains("1 token");
    assertThat(none).doesNotExist();
  }

  @Test
  void otherMistakesGetOneLine() throws IOException {
    String[] sample = {"sample", "" + run, "--count", "2", "--out", path("no.smi")};
    assertThat(refused(and(sample, "--mask", "m.png", "--image", "i.png"))).contains("images");
    assertThat(refused(and(sample, "--interpolate", "CCO"))).contains("two SMILES");
    assertThat(refused(and(sample, "--interpolate", "CCO,C1CC"))).contains("C1CC");
    assertThat(refused(and(sample, "--interpolate", "CCO,CCBr"))).contains("[Br]");
    assertThat(refused(and(sample, "--guidance", "2"))).contains("--label");
    String[] many = {"sample", "" + run, "--count", "9999", "--out", path("no.png")};
    assertThat(refused(many)).contains(".smi");

    String[] encode = {"encode", "" + run, "--out", path("no.npy"), "--data"};
    assertThat(refused(and(encode, path("gone.smi")))).contains("gone.smi");
    assertThat(refused(and(encode, file("nothing.smi", "# nothing\n\n")))).contains("no molecule");
    assertThat(refused(and(encode, file("unfit.smi", "CCBr\n")))).contains("none of 1", "[Br]");
    assertThat(refused(and(encode, file("huge.smi", "C".repeat(10_000)))))
        .contains("10,000 characters");
    String[] latents = {"encode", "" + run, "--out", path("no.smi"), "--data", "" + csv};
    assertThat(refused(latents)).contains("vectors, not molecules");
    assertThat(refused(and(encode, Tiny.helix(scratch).toString()))).contains("smiles");
    String[] decode = {"decode", "" + run, "--out", path("no.smi"), "--data"};
    assertThat(refused(and(decode, file("some.smi", "CCO\n")))).contains("no molecules");
    assertThat(scratch.resolve("no.smi")).doesNotExist();
    assertThat(scratch.resolve("no.npy")).doesNotExist();
  }
}
