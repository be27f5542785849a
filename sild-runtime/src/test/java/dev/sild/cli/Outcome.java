package dev.sild.cli;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** A command that has ended: its exit code and what it said. */
record Outcome(int code, String out, String err) {
  private static final long PATIENCE_MINUTES = 5;

  /** Runs a command in this process. */
  static Outcome of(String... args) {
    PrintStream out = System.out;
    PrintStream err = System.err;
    var said = new ByteArrayOutputStream();
    var complained = new ByteArrayOutputStream();
    try {
      System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
      System.setErr(new PrintStream(complained, true, StandardCharsets.UTF_8));
      int code = Main.run(args);
      return new Outcome(
          code, said.toString(StandardCharsets.UTF_8), complained.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
  }

  /** Runs a command in this process, which must succeed. */
  static Outcome good(String... args) {
    Outcome outcome = of(args);
    if (outcome.code != 0)
      throw new AssertionError(
          "%s: exit %d%n%s".formatted(List.of(args), outcome.code, outcome.err));
    return outcome;
  }

  /** The last line as JSON. */
  Map<?, ?> json() {
    return dev.sild.training.RunDirectory.json()
        .readValue(out.lines().toList().getLast(), Map.class);
  }

  /** A command in a process of its own, which can be killed. */
  record Running(Process process, Path out, Path err) {

    /** Waits for the end. */
    Outcome end() throws IOException, InterruptedException {
      try {
        if (!process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES))
          throw new AssertionError("still running after %d minutes".formatted(PATIENCE_MINUTES));
        return new Outcome(process.exitValue(), Files.readString(out), Files.readString(err));
      } finally {
        process.destroyForcibly();
      }
    }
  }

  /** Starts a command in a process of its own. */
  static Running start(Path scratch, String... args) throws IOException {
    return start(scratch, 0, args);
  }

  /** Runs a command in a process of its own that does not see the stand-in for a GPU. */
  static Outcome withoutStandIn(Path scratch, String... args)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command(args));
    builder.environment().remove("LD_LIBRARY_PATH");
    return start(scratch, builder).end();
  }

  /** Runs a command in a process of its own whose class path lacks the jars of that name. */
  static Outcome without(String jar, Path scratch, String... args)
      throws IOException, InterruptedException {
    List<String> command = command(args);
    int at = command.indexOf("-cp") + 1;
    command.set(
        at,
        Arrays.stream(command.get(at).split(File.pathSeparator))
            .filter(path -> !Path.of(path).getFileName().toString().startsWith(jar))
            .collect(Collectors.joining(File.pathSeparator)));
    return start(scratch, new ProcessBuilder(command)).end();
  }

  /**
   * Starts a command in a process of its own.
   *
   * @param blocks most 512-byte blocks in a file that it writes, 0 for no limit
   */
  static Running start(Path scratch, long blocks, String... args) throws IOException {
    List<String> command = new ArrayList<>();
    if (blocks > 0)
      command.addAll(List.of("sh", "-c", "ulimit -f " + blocks + "; exec \"$@\"", "sh"));
    command.addAll(command(args));
    return start(scratch, new ProcessBuilder(command));
  }

  private static List<String> command(String... args) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:-UsePerfData", "-Djava.awt.headless=true"));
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-cp"));
    command.add(System.getProperty("java.class.path"));
    command.add(Main.class.getName());
    command.addAll(List.of(args));
    return command;
  }

  private static Running start(Path scratch, ProcessBuilder builder) throws IOException {
    Path out = Files.createTempFile(scratch, "out", ".txt");
    Path err = Files.createTempFile(scratch, "err", ".txt");
    Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    return new Running(process, out, err);
  }
}
