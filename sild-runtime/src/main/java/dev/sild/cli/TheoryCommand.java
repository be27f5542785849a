package dev.sild.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code theory}: the claims of the theory, each beside a measurement. */
@Command(
    name = "theory",
    description =
        "Reproduces a claim of the theory as a table and a plot, theory beside measurement.",
    subcommands = {
      StepComplexityCommand.class,
      AlignmentCommand.class,
      RandomFeaturesCommand.class,
      PhasesCommand.class,
      CollapseTimeCommand.class,
      SpeciationTimeCommand.class
    })
final class TheoryCommand implements Runnable {
  @CommandLine.Spec CommandLine.Model.CommandSpec spec;

  @Override
  public void run() {
    throw new CommandLine.ParameterException(
        spec.commandLine(),
        "theory of what? Choose one of " + String.join(", ", spec.subcommands().keySet()));
  }
}
