package dev.sild.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sild.data.Npy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A mistake of the user's is one line on stderr and exit code 2. */
class BadInputTest {
  private static final int IMAGES = 0x0803;
  private static final int LABELS = 0x0801;

  @TempDir static Path scratch;
  private static Path run;

  @BeforeAll
  static void train() throws IOException {
    run = Tiny.run(scratch);
  }

  /** One line that names what is wrong. */
  private static void mistake(String fragment, String... args) {
    Outcome outcome = Outcome.of(args);
    assertThat(outcome.err().lines().toList()).as("%s", List.of(args)).hasSize(1);
    assertThat(outcome.err()).startsWith("sild: ").contains(fragment);
    assertThat(outcome.err()).doesNotContain("Exception", "unexpected");
    assertThat(outcome.code()).isEqualTo(Main.MISTAKE);
  }

  private static String path(String name) {
    return scratch.resolve(name).toString();
  }

  private static Path file(String name, String text) throws IOException {
    return Files.writeString(scratch.resolve(name), text);
  }

  private static String[] and(String[] first, String... more) {
    List<String> all = new ArrayList<>(List.of(first));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  @Test
  void unknownWordsAreNamed() {
    mistake("stacked-digts", "train", "stacked-digts");
    mistake("--widht", "train", "stacked-digits", "--widht", "3");
    mistake("tran", "tran", "stacked-digits");
    mistake("PRESET", "train");
    mistake("--out", "sample", run.toString(), "--count", "3");
    mistake("moon", "sample", run.toString(), "--count", "moon", "--out", path("a.npy"));
    mistake("two", "train", "stacked-digits", "two");
  }

  @ParameterizedTest
  @CsvSource({
    "collapse.stops=3, no such key",
    "collapse=3, no such key",
    "., KEY=VALUE",
    "collapse.steps.more=1, no such key",
    "=3, no such key",
    ".=3, no such key",
    "collapse.steps, KEY=VALUE",
    "collapse.steps=abc, not a number",
    "collapse.steps=-1, out of its range",
    "collapse.steps=0, out of its range",
    "collapse.steps=, not a number",
    "collapse.steps=1.5, 1.5",
    "collapse.steps=1e30, collapse",
    "collapse.batch=3000000000, collapse",
    "collapse.batch=0, out of its range",
    "collapse.sigma_min=nan, not a number",
    "collapse.sigma_min=0, sigma_min",
    "collapse.sigma_max=1e400, sigma_max",
    "collapse.learning_rate=2, learning_rate",
    "refine.p_std=-1, p_std",
    "refine.p_std=1e400, p_std",
    "autoencoder.kind=deep, deep",
    "autoencoder.latent=0, latent",
    "denoiser.embedding=7, embedding",
    "sampling.sampler=magic, magic",
    "sampling.schedule=linear, linear",
    "sampling.evaluations=0, evaluations",
    "sampling.sigma_max=1e400, sigma_max",
    "data.held_out=1, held_out",
    "data.kind=pictures, pictures",
    "evaluation.samples=0, samples",
    "preset=fashion, preset"
  })
  void settingsAreChecked(String setting, String fragment) {
    mistake(fragment, "train", "stacked-digits", "--dry-run", "--set", setting);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "4294967296", "abc", "1.5"})
  void seedsAreChecked(String seed) {
    mistake(seed, "train", "stacked-digits", "--dry-run", "--seed", seed);
    mistake(seed, "sample", run.toString(), "--count", "1", "--out", path("a.npy"), "--seed", seed);
  }

  @Test
  void aCheckpointIntervalIsATime() {
    mistake("-1", "train", "stacked-digits", "--dry-run", "--checkpoint-every", "-1");
    mistake("NaN", "train", "stacked-digits", "--dry-run", "--checkpoint-every", "NaN");
  }

  @ParameterizedTest
  @ValueSource(strings = {"cuda:77", "tpu", "cuda:x", ""})
  void devicesThatAreNotThereAreNamed(String device) {
    String named = "no device " + device.replace(":77", ""); // without a driver, no number is wrong
    mistake(named, "train", "stacked-digits", "--dry-run", "--device", device);
    mistake(named, "evaluate", run.toString(), "--device", device);
  }

  @Test
  void precisionsThatAreNotThereAreNamed() {
    mistake("no precision f16", "train", "stacked-digits", "--dry-run", "--precision", "f16");
    mistake(
        "the cpu device computes in f32, f32-strict or bf16, not tf32",
        "train",
        "stacked-digits",
        "--dry-run",
        "--device",
        "cpu",
        "--precision",
        "tf32");
  }

  @Test
  void dataThatIsMissingIsNamed() throws IOException {
    mistake("--data", "train", "stacked-mnist");
    mistake("--data", "train", "array");
    mistake("nowhere", "train", "stacked-mnist", "--data", path("nowhere"));
    mistake("nowhere.csv", "train", "array", "--data", path("nowhere.csv"));
    mistake("helix.csv", "train", "fashion", "--data", path("helix.csv"));
    Path empty = Files.createDirectories(scratch.resolve("empty"));
    mistake("train-images", "train", "fashion", "--data", empty.toString());
    mistake("folder", "train", "array", "--data", empty.toString());
  }

  @Test
  void vectorsAreChecked() throws IOException {
    mistake("words.csv", "train", "array", "--data", file("words.csv", "1,2\nx,y\n").toString());
    mistake("ragged.csv", "train", "array", "--data", file("ragged.csv", "1,2\n3\n").toString());
    mistake("void.csv", "train", "array", "--data", file("void.csv", "").toString());
    mistake("nan.csv", "train", "array", "--data", file("nan.csv", "1,2\nnan,1\n").toString());
    mistake("fake.npy", "train", "array", "--data", file("fake.npy", "no array").toString());
    mistake("too few", "train", "array", "--data", file("few.csv", "1,2\n3,4\n").toString());
    String same = file("same.csv", "1,2\n".repeat(100)).toString();
    mistake("same", "train", "array", "--data", same);
  }

  private static void idx(Path folder, String name, int magic, int count, int side, int bytes)
      throws IOException {
    boolean images = name.contains("images");
    ByteBuffer file = ByteBuffer.allocate((images ? 16 : 8) + bytes).putInt(magic).putInt(count);
    if (images) file.putInt(side).putInt(side);
    Files.write(folder.resolve(name), file.array());
  }

  /** A good data set of black images. */
  private static Path idx(String name) throws IOException {
    Path folder = Files.createDirectories(scratch.resolve(name));
    for (String part : List.of("train", "t10k")) {
      idx(folder, part + "-images-idx3-ubyte", IMAGES, 4, 8, 4 * 64);
      idx(folder, part + "-labels-idx1-ubyte", LABELS, 4, 1, 4);
    }
    return folder;
  }

  @Test
  void damagedIdxFilesAreNamed() throws IOException {
    Path good = idx("idx");
    Outcome.good("train", "stacked-mnist", "--dry-run", "--data", good.toString());
    Path cut = idx("idx-cut");
    idx(cut, "train-images-idx3-ubyte", IMAGES, 4, 8, 4 * 64 - 1);
    mistake("cut short", "train", "stacked-mnist", "--data", cut.toString());
    Path header = idx("idx-header");
    Files.write(header.resolve("t10k-labels-idx1-ubyte"), new byte[] {0, 0});
    mistake("cut short", "train", "stacked-mnist", "--data", header.toString());
    Path magic = idx("idx-magic");
    idx(magic, "train-labels-idx1-ubyte", 0x12345678, 4, 1, 4);
    mistake("12345678", "train", "fashion", "--data", magic.toString());
    Path count = idx("idx-count");
    idx(count, "t10k-labels-idx1-ubyte", LABELS, 3, 1, 3);
    mistake("3 labels", "train", "fashion", "--data", count.toString());
    Path size = idx("idx-size");
    idx(size, "t10k-images-idx3-ubyte", IMAGES, 4, 4, 4 * 16);
    mistake("8×8", "train", "fashion", "--data", size.toString());
  }

  @Test
  void runDirectoriesThatCannotBeMadeAreNamed() throws IOException {
    Path inTheWay = file("in-the-way", "a file");
    mistake("in-the-way", Tiny.train("manifold", "--out", inTheWay.toString()));
    mistake("in-the-way", Tiny.train("manifold", "--out", inTheWay.resolve("run").toString()));
    assertThat(inTheWay).hasContent("a file");
  }

  @Test
  void readOnlyFoldersAreNamed() throws IOException {
    Path readOnly = Files.createDirectories(scratch.resolve("read-only"));
    readOnly.toFile().setWritable(false);
    assumeFalse(Files.isWritable(readOnly), "root may write everywhere");
    mistake("read-only", Tiny.train("manifold", "--out", readOnly.resolve("run").toString()));
    mistake("read-only", Tiny.train("manifold", "--out", readOnly.toString()));
    mistake(
        "read-only", "sample", run.toString(), "--count", "1", "--out", readOnly + "/samples.npy");
  }

  @Test
  void aRunIsNotOverwritten() throws IOException {
    byte[] model = Files.readAllBytes(run.resolve("model.safetensors"));
    mistake("--resume", Tiny.train("manifold", "--out", run.toString()));
    assertThat(run.resolve("model.safetensors")).hasBinaryContent(model);
  }

  @Test
  void resumeNeedsTheRun() {
    mistake("no run in", "train", "array", "--resume", "--out", path("nowhere"));
    mistake("array", "train", "manifold", "--resume", "--out", run.toString());
    mistake(
        "--set", "train", "array", "--resume", "--out", run.toString(), "--set", "refine.steps=9");
    mistake(
        "nowhere.csv",
        "train",
        "array",
        "--resume",
        "--out",
        run.toString(),
        "--data",
        path("nowhere.csv"));
  }

  @Test
  void resumeAndEvaluateNeedTheSameKindOfData() throws IOException {
    String plane = file("plane.csv", "1,2\n3,5\n".repeat(50)).toString();
    mistake("dimension", "evaluate", run.toString(), "--data", plane);
    mistake("same data", "train", "array", "--resume", "--out", run.toString(), "--data", plane);
  }

  @Test
  void modelsThatAreNotThereAreNamed() throws IOException {
    String[] rest = {"--count", "1", "--out", path("a.npy")};
    mistake("nowhere", and(new String[] {"sample", path("nowhere")}, rest));
    mistake("no run in", "evaluate", path("nowhere"));
    Path empty = Files.createDirectories(scratch.resolve("no-model"));
    mistake("no-model", and(new String[] {"sample", empty.toString()}, rest));
    Path foreign = file("foreign.safetensors", "something else entirely");
    mistake("foreign.safetensors", and(new String[] {"sample", foreign.toString()}, rest));
    byte[] bytes = Files.readAllBytes(run.resolve("model.safetensors"));
    for (int at : new int[] {3, 100, bytes.length / 2, bytes.length - 1}) {
      byte[] damaged = bytes.clone();
      damaged[at] ^= 0x10;
      Path file = Files.write(scratch.resolve("damaged.safetensors"), damaged);
      mistake("damaged.safetensors", and(new String[] {"sample", file.toString()}, rest));
    }
    Path cut = scratch.resolve("cut.safetensors");
    for (int length : new int[] {0, 5, 300, bytes.length - 1}) {
      Files.write(cut, java.util.Arrays.copyOf(bytes, length));
      mistake("cut.safetensors", and(new String[] {"sample", cut.toString()}, rest));
    }
  }

  @Test
  void samplesAreAskedForSensibly() throws IOException {
    String[] three = {"sample", run.toString(), "--count", "3", "--out", path("b.npy")};
    mistake("x.txt", "sample", run.toString(), "--count", "3", "--out", path("x.txt"));
    mistake("vectors", "sample", run.toString(), "--count", "3", "--out", path("x.png"));
    mistake("nowhere", "sample", run.toString(), "--count", "3", "--out", path("nowhere/x.npy"));
    Path folder = Files.createDirectories(scratch.resolve("folder.npy"));
    mistake("folder.npy", "sample", run.toString(), "--count", "3", "--out", folder.toString());
    for (String count : new String[] {"0", "-5", "2000000000"})
      mistake(count, "sample", run.toString(), "--count", count, "--out", path("b.npy"));
    mistake("--steps 0", and(three, "--steps", "0"));
    mistake("--steps -3", and(three, "--steps", "-3"));
    mistake("magic", and(three, "--sampler", "magic"));
    mistake("linear", and(three, "--schedule", "linear"));
    assertThat(scratch.resolve("b.npy")).doesNotExist();
    assertThat(scratch.resolve("x.png")).doesNotExist();
  }

  @Test
  void rowsHaveTheModelsDimension() throws IOException {
    Path plane = scratch.resolve("plane.npy");
    Npy.write(plane, new float[20], new long[] {10, 2});
    String[] files = {"--data", plane.toString(), "--out", path("c.npy")};
    mistake("rows of 2", and(new String[] {"encode", run.toString()}, files));
    mistake("rows of 2", and(new String[] {"reconstruct", run.toString()}, files));
    mistake(
        "rows of 3", "decode", run.toString(), "--data", path("helix.csv"), "--out", path("c.npy"));
    String smiles = file("ethanol.smi", "CCO\n").toString();
    mistake("no molecules", "encode", run.toString(), "--data", smiles, "--out", path("c.npy"));
    mistake(
        "vectors, not molecules", "sample", run.toString(), "--count", "2", "--out", path("c.smi"));
    mistake("no.npy", "encode", run.toString(), "--data", path("no.npy"), "--out", path("c.npy"));
  }

  @Test
  void exportsAreAskedForSensibly() throws IOException {
    String[] onnx = {"--format", "onnx"};
    mistake("pickle", "export", run.toString(), "--format", "pickle");
    mistake("--format", "export", run.toString());
    mistake("nowhere", and(new String[] {"export", path("nowhere")}, onnx));
    Path empty = Files.createDirectories(scratch.resolve("nothing-to-export"));
    mistake("nothing-to-export", and(new String[] {"export", empty.toString()}, onnx));
    Files.copy(run.resolve("config.toml"), empty.resolve("config.toml"));
    mistake("has not finished", and(new String[] {"export", empty.toString()}, onnx));
    mistake("train array --resume", and(new String[] {"export", empty.toString()}, onnx));
    assertThat(empty.resolve("export")).doesNotExist();
    Path foreign = file("foreign-export.safetensors", "something else entirely");
    mistake("foreign-export.safetensors", and(new String[] {"export", foreign.toString()}, onnx));
    Path exported = scratch.resolve("exported");
    String[] there = {"export", run.toString(), "--out", exported.toString()};
    for (String format : List.of("onnx", "safetensors"))
      Outcome.good(and(there, "--format", format));
    mistake("encoder.onnx is there already", and(there, onnx));
    mistake("model.safetensors is there already", and(there, "--format", "safetensors"));
    mistake( // not over the model itself
        "is there already",
        "export",
        run.toString(),
        "--format",
        "safetensors",
        "--out",
        run.toString());
    Path inTheWay = file("export-in-the-way", "a file");
    String[] over = {"export", run.toString(), "--out", inTheWay.toString()};
    mistake("export-in-the-way", and(over, onnx));
    String[] inside = {"export", run.toString(), "--out", inTheWay.resolve("deep").toString()};
    mistake("export-in-the-way", and(inside, onnx));
    assertThat(inTheWay).hasContent("a file");
    mistake( // what it writes is for others
        "is not a model of this program",
        "export",
        exported.resolve("model.safetensors").toString(),
        "--format",
        "onnx");
  }

  @Test
  void configurationFilesAreChecked() throws IOException {
    mistake("none.toml", "train", path("none.toml"));
    String key = file("key.toml", "preset = \"manifold\"\n[collapse]\nstops = 3\n").toString();
    mistake("stops", "train", key);
    mistake("prose.toml", "train", file("prose.toml", "This is not TOML.\n").toString());
    mistake("moon", "train", file("moon.toml", "preset = \"moon\"\n").toString());
    mistake("preset", "train", file("no-preset.toml", "[collapse]\nsteps = 3\n").toString());
    String type = "preset = \"manifold\"\ncollapse = 3\n";
    mistake("collapse", "train", file("type.toml", type).toString());
    String steps = "preset = \"manifold\"\n[collapse]\nsteps = \"many\"\n";
    mistake("many", "train", file("steps.toml", steps).toString());
    Path binary = Files.write(scratch.resolve("binary.toml"), new byte[] {(byte) 0xff, 0, 1});
    mistake("binary.toml", "train", binary.toString());
  }

  @Test
  void aDamagedRunIsNamed() throws IOException {
    Path damaged = Files.createDirectories(scratch.resolve("damaged-run"));
    Files.writeString(damaged.resolve("config.toml"), "nothing = [");
    mistake("config.toml", "evaluate", damaged.toString());
    Files.copy(
        run.resolve("config.toml"),
        damaged.resolve("config.toml"),
        StandardCopyOption.REPLACE_EXISTING);
    mistake("build.json", "evaluate", damaged.toString());
    Files.writeString(damaged.resolve("build.json"), "{");
    mistake("build.json", "evaluate", damaged.toString());
  }

  @Test
  void theStackTraceIsThereForThoseWhoAsk() {
    Outcome outcome =
        Outcome.of(
            "sample", path("nowhere"), "--count", "1", "--out", path("a.npy"), "--stacktrace");
    assertThat(outcome.code()).isEqualTo(Main.MISTAKE);
    assertThat(outcome.err()).contains("UserException", "\tat dev.sild");
  }

  @Test
  void whatDoesNotFitIntoMemoryIsOneLine() {
    Outcome outcome =
        Outcome.of(
            "train", "stacked-digits", "--set", "autoencoder.width=2000000", "--out", path("big"));
    assertThat(outcome.err().lines()).hasSize(1);
    assertThat(outcome.err()).startsWith("sild: ").contains("MiB");
    assertThat(outcome.code()).isNotZero();
    assertThat(scratch.resolve("big")).doesNotExist();
    Outcome absurd =
        Outcome.of(
            "train",
            "stacked-digits",
            "--set",
            "autoencoder.width=2000000000",
            "--out",
            path("big"));
    assertThat(absurd.err().lines()).hasSize(1);
    assertThat(absurd.err()).doesNotContain("unexpected");
    assertThat(absurd.code()).isNotZero();
    assertThat(scratch.resolve("big")).doesNotExist();
  }

  @Test
  void aFullHeapIsOneLine() {
    long most = (Integer.MAX_VALUE - 16) / 3; // samples that one array can hold
    assumeTrue(Runtime.getRuntime().maxMemory() < 12 * most, "the heap has room for them");
    Outcome outcome =
        Outcome.of("sample", run.toString(), "--count", "" + most, "--out", path("most.npy"));
    assertThat(outcome.err().lines()).hasSize(1);
    assertThat(outcome.err()).startsWith("sild: ").contains("-Xmx");
    assertThat(outcome.code()).isEqualTo(Main.FAILURE);
  }
}
