package dev.sild.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sild.evaluation.OnnxNets;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** What the README says is so. */
class ReadmeTest {
  private static final Path HOME = Path.of("").toAbsolutePath().getParent();
  private static final String TEXT = read(HOME.resolve("README.md"));
  private static final int MOST_LINES = 25;

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static List<String> matches(String pattern) {
    Matcher matcher = Pattern.compile(pattern, Pattern.MULTILINE | Pattern.DOTALL).matcher(TEXT);
    List<String> all = new ArrayList<>();
    while (matcher.find()) all.add(matcher.group(1));
    return all;
  }

  @Test
  void itBeginsWithTheCommandThatShowsTheMost() {
    List<String> lines = TEXT.lines().toList();
    assertThat(lines.stream().filter(line -> line.startsWith("./sild")).findFirst())
        .contains("./sild train stacked-digits");
    assertThat(lines.stream().filter(line -> line.startsWith("mvn")).findFirst())
        .contains("mvn -B verify");
  }

  /** Lines of code blocks, and code in the text and in tables. */
  private static List<String> commands() {
    List<String> all = new ArrayList<>();
    for (String line : TEXT.lines().toList())
      if (line.startsWith("./sild")) all.add(line.replaceAll("\\s+#.*", ""));
    all.addAll(matches("`(\\./sild[^`]*)`"));
    return all;
  }

  @Test
  void everyCommandInItParses() {
    CommandSpec root = new CommandLine(new Main()).getCommandSpec();
    assertThat(commands()).hasSizeGreaterThan(3);
    for (String command : commands()) {
      String[] words = command.split("\\s+");
      if (words.length == 1) continue;
      assertThat(root.subcommands().keySet()).as(command).contains(words[1]);
      CommandSpec spec = root.subcommands().get(words[1]).getCommandSpec();
      if (!spec.subcommands().isEmpty()) {
        assertThat(spec.subcommands().keySet()).as(command).contains(words[2]);
        spec = spec.subcommands().get(words[2]).getCommandSpec();
      }
      for (String word : words)
        if (word.startsWith("--"))
          assertThat(spec.optionsMap().keySet()).as(command).contains(word);
      boolean whole = Arrays.stream(words).noneMatch(word -> word.matches("[A-Z|]+(\\.[a-z]+)?"));
      if (whole && words.length > 2)
        new CommandLine(new Main())
            .setCaseInsensitiveEnumValuesAllowed(true) // as Main does
            .parseArgs(Arrays.copyOfRange(words, 1, words.length));
    }
  }

  /** A command of the text, its placeholders replaced by a run and by files of a folder. */
  private static List<String> arguments(String beginning, Path run, Path folder) {
    String command = commands().stream().filter(c -> c.startsWith(beginning)).findFirst().get();
    return Arrays.stream(command.split("\\s+"))
        .skip(1)
        .map(word -> word.equals("RUN") ? run.toString() : word)
        .map(word -> word.endsWith(".onnx") ? folder.resolve(word).toString() : word)
        .toList();
  }

  @Test
  void exportsAndNetworksOfTheUsersDoWhatTheTextSays(@TempDir Path scratch) throws IOException {
    Path run = scratch.resolve("run");
    String few = "evaluation.samples=60";
    Outcome.good(Tiny.train("stacked-digits", "--set", few, "--out", run.toString()));

    Outcome.good(arguments("./sild export", run, scratch).toArray(String[]::new));
    for (String file : List.of("encoder.onnx", "decoder.onnx", "denoiser.onnx"))
      assertThat(run.resolve("export").resolve(file)).exists();

    OnnxNets.Pooled.of(3, 20, 10, 3, 1).write(scratch.resolve("clip.onnx"), -1);
    OnnxNets.Pooled.of(3, 20, 10, 3, 1).write(scratch.resolve("inception.onnx"), -1);
    OnnxNets.squares(scratch.resolve("lpips.onnx"), 3, true);
    List<String> words = new ArrayList<>(arguments("./sild evaluate RUN --features", run, scratch));
    words.add("--json");
    assertThat(Outcome.of(words.toArray(String[]::new)).code()).isEqualTo(Main.MISTAKE);
    int inception = words.indexOf("--inception"); // the real one has 85 MB
    words.subList(inception, inception + 2).clear();
    Map<?, ?> result = Outcome.good(words.toArray(String[]::new)).json();
    Map<?, ?> metrics = (Map<?, ?>) result.get("metrics");
    assertThat(metrics.get("frechet_clip")).isInstanceOf(Double.class);
    assertThat(metrics.get("lpips")).isInstanceOf(Double.class);
    assertThat(metrics.get("fid")).isNull();
    assertThat(TEXT).contains("`frechet_clip`", "`fid`", "`lpips`");
  }

  @Test
  void optionsAndPresetsNamedInTheTextExist() {
    CommandLine line = new CommandLine(new Main());
    List<String> known = new ArrayList<>();
    for (CommandLine command : line.getSubcommands().values()) {
      known.addAll(command.getCommandSpec().optionsMap().keySet());
      for (CommandLine part : command.getSubcommands().values())
        known.addAll(part.getCommandSpec().optionsMap().keySet());
    }
    known.add("--enable-native-access"); // the virtual machine's
    for (String code : matches("`(--[^`]*)`"))
      assertThat(known).as(code).contains(code.split("[ =]")[0]);
    for (String preset : dev.sild.sild.ConfigFile.PRESETS)
      assertThat(TEXT).contains("`" + preset + "`");
    for (String command : line.getSubcommands().keySet())
      assertThat(TEXT).contains("./sild " + command);
  }

  /** It is not run here: it downloads the other programs, and takes long. */
  @Test
  void theCommandAgainstOtherProgramsSaysWhatItTakes() throws IOException, InterruptedException {
    List<String> found = matches("`(sild-runtime/rivals/run[^`]*)`");
    assertThat(found).isNotEmpty();
    for (String command : found) {
      String[] words = command.split("\\s+");
      Process process =
          new ProcessBuilder(HOME.resolve(words[0]).toString(), "--help")
              .redirectErrorStream(true)
              .start();
      List<String> help = process.inputReader().lines().toList();
      assertThat(process.waitFor()).as(String.join("\n", help)).isZero();
      assertThat(help).anyMatch(line -> line.startsWith("usage: " + words[0]));
      for (String word : words)
        if (word.startsWith("--")) assertThat(help).anyMatch(line -> line.contains(word + " "));
    }
    assertThat(read(HOME.resolve("pom.xml"))).doesNotContain("rivals");
    assertThat(read(HOME.resolve("sild-runtime/pom.xml"))).doesNotContain("rivals");
  }

  @Test
  void everyLinkLeadsSomewhere() {
    List<String> links = matches("\\]\\(([^)]*)\\)");
    assertThat(links).isNotEmpty();
    for (String link : links)
      if (!link.startsWith("http") && !link.startsWith("#"))
        assertThat(HOME.resolve(link.replaceAll("#.*", ""))).as(link).exists();
  }

  @Test
  void theJavaExampleIsShortCompilesAndDrawsACircle(@TempDir Path scratch) throws Exception {
    List<String> examples = matches("^```java\n(.*?)^```");
    assertThat(examples).hasSize(1);
    String example = examples.getFirst();
    assertThat(example.lines()).hasSizeLessThanOrEqualTo(MOST_LINES);
    Path source = Files.writeString(scratch.resolve("Example.java"), example);
    ByteArrayOutputStream complaints = new ByteArrayOutputStream();
    int failed =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                complaints,
                complaints,
                "-proc:none",
                "-d",
                scratch.toString(),
                "-cp",
                System.getProperty("java.class.path"),
                source.toString());
    assertThat(failed).as(complaints.toString(StandardCharsets.UTF_8)).isZero();

    ByteArrayOutputStream said = new ByteArrayOutputStream();
    PrintStream out = System.out;
    try (var loader = new URLClassLoader(new URL[] {scratch.toUri().toURL()})) {
      System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
      var constructor = loader.loadClass("Example").getDeclaredConstructor();
      var main = constructor.getDeclaringClass().getDeclaredMethod("main");
      constructor.setAccessible(true);
      main.setAccessible(true);
      main.invoke(constructor.newInstance());
    } finally {
      System.setOut(out);
    }
    double radius = Double.parseDouble(said.toString(StandardCharsets.UTF_8).strip());
    System.out.println("the example draws a circle of mean radius " + radius);
    // 1000 radii that spread by less than 0.3 have a mean that spreads by 0.01; a mistake in units
    // shows as 0.71 or 1.41, no training at all as anything
    assertThat(radius).isBetween(0.9, 1.1);
  }
}
