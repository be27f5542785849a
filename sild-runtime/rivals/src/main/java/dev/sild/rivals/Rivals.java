package dev.sild.rivals;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.ObjectMapper;

/** Times SiLD and its rivals, one after the other in every round. */
@Command(name = "rivals", sortOptions = false)
final class Rivals implements Callable<Integer> {
  private static final List<String> PRECISIONS = List.of("f32", "bf16");
  private static final List<String> INSTRUCTIONS = List.of("amx", "avx512_bf16", "avx512", "avx2");
  private static final int FAILURE = 1;
  private static final int MISTAKE = 2;
  private static final int INTERRUPTED = 130;

  @Option(names = "--rounds")
  int rounds = 5;

  @Option(names = "--seconds")
  double seconds = 0.5;

  @Option(names = "--threads", split = ",")
  List<Integer> threads = List.of(1, 2);

  @Option(names = "--jobs", split = ",")
  List<Job> jobs = List.of(Job.values());

  @Option(names = "--precision", split = ",")
  List<String> precisions = PRECISIONS;

  @Option(names = "--instructions")
  String instructions;

  @Option(names = "--json")
  Path json;

  private final Path home = Path.of(System.getProperty("rivals.home", "")).toAbsolutePath();
  private final PrintStream out = System.out;
  private final List<Comparison> comparisons = new ArrayList<>();

  /** Runs it; {@code run --help} says how. */
  public static void main(String[] words) {
    System.exit(line(new Rivals()).execute(words));
  }

  static CommandLine line(Rivals rivals) {
    CommandLine line = new CommandLine(rivals);
    line.registerConverter(Job.class, Job::of);
    line.setParameterExceptionHandler((e, _) -> {
      System.err.println("rivals: %s; --help shows all".formatted(e.getMessage()));
      return MISTAKE;
    });
    line.setExecutionExceptionHandler((e, _, _) -> {
      if (e instanceof InterruptedException) return INTERRUPTED;
      System.err.println("rivals: " + e);
      return FAILURE;
    });
    return line;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    check();
    Path sild = home.resolve("../..").normalize();
    String version = version(sild);
    if (json != null) write(version); // fails now, if it cannot be written
    out.println(Machine.here());
    try (Child child = new Child()) {
      Runtime.getRuntime().addShutdownHook(new Thread(child::close));
      Contest contest = new Contest(programs(sild), rounds, seconds, child, System.err);
      for (Job job : jobs)
        for (String precision : precisions)
          for (int count : threads) {
            Comparison comparison = contest.hold(new Cell(job, precision, count));
            comparisons.add(comparison);
            out.println();
            out.print(comparison);
            if (json != null) write(version);
          }
    }
    out.println();
    out.println(String.join("; ", versions(version)));
    return 0;
  }

  private void check() {
    require(rounds > 0, "--rounds: at least 1");
    require(seconds > 0, "--seconds: more than 0");
    require(threads.stream().allMatch(count -> count > 0), "--threads: at least 1 each");
    require(PRECISIONS.containsAll(precisions), "--precision: of " + PRECISIONS);
    require(
        instructions == null || INSTRUCTIONS.contains(instructions),
        "--instructions: one of " + INSTRUCTIONS);
  }

  private void require(boolean right, String rule) {
    if (!right) throw new CommandLine.ParameterException(new CommandLine(this), rule);
  }

  private List<Program> programs(Path sild) {
    List<Program> programs = new ArrayList<>();
    programs.add(new Sild(sild, instructions));
    for (Libtorch.Way way : Libtorch.Way.values())
      programs.add(new Libtorch(home, way, instructions));
    programs.add(new OnnxRuntime(instructions));
    return programs;
  }

  /** Asked first: SiLD builds itself if it has to. */
  private static String version(Path sild) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(sild.resolve("sild").toString(), "--version")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    List<String> lines = process.inputReader().lines().toList();
    return process.waitFor() == 0 && !lines.isEmpty() ? lines.getLast() : "sild did not start";
  }

  private List<String> versions(String sild) {
    return Stream.concat(Stream.of(sild), comparisons.stream().flatMap(Comparison::versions))
        .distinct()
        .toList();
  }

  /** After every cell, so that Ctrl-C costs one. */
  private void write(String version) throws IOException {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("machine", Machine.here().toMap());
    all.put("versions", versions(version));
    all.put("rounds", rounds);
    all.put("seconds", seconds);
    all.put("instructions", instructions);
    all.put("cells", comparisons.stream().map(Comparison::toMap).toList());
    String text =
        new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(all) + "\n";
    Files.writeString(json, text);
  }
}
