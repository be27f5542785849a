package dev.sild.cli;

import dev.sild.training.RunDirectory;
import java.io.PrintStream;
import java.util.Map;
import picocli.CommandLine.Option;

/** Where the words of a command go. */
class Output {
  @Option(names = "--json", description = "print one JSON object as the last line, nothing else")
  boolean json;

  @Option(names = "--stacktrace", description = "show where an error came from")
  boolean stacktrace;

  /** Where tables and remarks go: stdout, or stderr when stdout is for JSON. */
  PrintStream words() {
    return json ? System.err : System.out;
  }

  /** The last line, if asked for. */
  void print(Map<String, ?> result) {
    if (json) System.out.println(RunDirectory.json().writeValueAsString(result));
  }

  /** A figure for programs: null where it is undefined. */
  static Double known(double value) {
    return Double.isFinite(value) ? value : null;
  }
}
