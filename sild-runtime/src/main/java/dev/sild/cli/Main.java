package dev.sild.cli;

import dev.sild.UserException;
import dev.sild.bindings.DeviceException;
import dev.sild.training.NotFiniteException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CancellationException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ScopeType;

/** Score-induced latent diffusion from the command line. */
@Command(
    name = "sild",
    description = "Score-induced Latent Diffusion: train, sample, measure.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    scope = ScopeType.INHERIT,
    subcommands = {
      TrainCommand.class,
      SampleCommand.class,
      ReconstructCommand.class,
      EncodeCommand.class,
      DecodeCommand.class,
      EvaluateCommand.class,
      CompareCommand.class,
      StepsCommand.class,
      DiagnoseCommand.class,
      TheoryCommand.class,
      ExportCommand.class,
      BenchCommand.class,
      DoctorCommand.class
    })
public final class Main implements Runnable {
  /** Exit codes: 0 done, 1 a failure that is not the user's, 2 the user's mistake. */
  static final int FAILURE = 1;

  static final int MISTAKE = 2;
  static final int INTERRUPTED = 130;

  @CommandLine.Spec CommandLine.Model.CommandSpec spec;

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  /** Runs one command. */
  public static void main(String[] args) {
    int code = run(args);
    if (Interrupt.happened()) return; // the shutdown that waits for us must not be asked again
    System.exit(code);
  }

  /** Runs one command and returns its exit code. */
  public static int run(String... args) {
    CommandLine line = new CommandLine(new Main());
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setUsageHelpAutoWidth(true);
    line.setParameterExceptionHandler((e, _) -> {
      String command = e.getCommandLine().getCommandSpec().qualifiedName();
      line.getErr()
          .println("sild: %s; %s --help shows all".formatted(firstLine(e.getMessage()), command));
      return MISTAKE;
    });
    line.setExecutionExceptionHandler((e, failed, _) -> {
      if (failed.getParseResult().hasMatchedOption("--stacktrace")) e.printStackTrace();
      line.getErr().println("sild: " + explain(e));
      return code(e);
    });
    try {
      return line.execute(args);
    } catch (Error e) { // picocli handles exceptions only
      if (List.of(args).contains("--stacktrace")) e.printStackTrace();
      line.getErr().println("sild: " + explain(e));
      return FAILURE;
    } finally {
      Interrupt.over();
    }
  }

  private static int code(Throwable e) {
    return switch (e) {
      case UserException _ -> MISTAKE;
      case CancellationException _ -> INTERRUPTED;
      default -> FAILURE;
    };
  }

  /** One line for people; a bug keeps its stack trace for --stacktrace. */
  private static String explain(Throwable e) {
    return switch (e) {
      case UserException _, CancellationException _, DeviceException _, NotFiniteException _ ->
          firstLine(e.getMessage());
      case UncheckedIOException io -> disk(io.getCause());
      case IOException io -> disk(io);
      case OutOfMemoryError _ ->
          "the Java heap is full: give it more with JAVA_TOOL_OPTIONS=-Xmx8g";
      default -> "unexpected %s; --stacktrace shows where".formatted(e);
    };
  }

  private static String disk(IOException e) {
    return "cannot read or write: %s; the last good checkpoint stands"
        .formatted(firstLine(String.valueOf(e.getMessage())));
  }

  private static String firstLine(String message) {
    return message == null ? "no message" : message.lines().findFirst().orElse("");
  }

  /** What {@code --version} prints. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"sild " + number()};
    }

    static String number() {
      String version = Main.class.getPackage().getImplementationVersion();
      return version == null ? "unpackaged" : version;
    }
  }
}
