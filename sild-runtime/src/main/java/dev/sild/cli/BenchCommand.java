package dev.sild.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code bench}: how fast it is here. */
@Command(
    name = "bench",
    description = "Measures throughput, and how near it comes to what this machine can do.",
    subcommands = {BenchTrainCommand.class, BenchSampleCommand.class, BenchKernelsCommand.class})
final class BenchCommand implements Runnable {
  @CommandLine.Spec CommandLine.Model.CommandSpec spec;

  @Override
  public void run() {
    throw new CommandLine.ParameterException(
        spec.commandLine(),
        "bench what? Choose one of " + String.join(", ", spec.subcommands().keySet()));
  }
}
