package dev.sild.cli;

import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** Options of every experiment of {@code theory}, and where its findings go. */
final class Experiment extends Common {
  @CommandLine.Spec(CommandLine.Spec.Target.MIXEE)
  CommandLine.Model.CommandSpec spec;

  @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "default: 1")
  long seed;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "for the report (default: runs/theory-NAME)")
  Path out;

  int seed() {
    return seed(seed);
  }

  /** Writes and prints what was found on a device. */
  void report(Findings found, String device) throws IOException {
    Path folder = out == null ? Path.of("runs", "theory-" + spec.name()) : out;
    found.write(folder, commandLine(), device);
    words().println(found.text());
    words().println("report: " + folder.resolve("report.html"));
    print(found.json());
  }

  /** The command as it was given. */
  private String commandLine() {
    return "./sild " + String.join(" ", spec.root().commandLine().getParseResult().originalArgs());
  }
}
