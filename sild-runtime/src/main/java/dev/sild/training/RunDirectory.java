package dev.sild.training;

import dev.sild.UserException;
import dev.sild.data.AtomicFile;
import dev.sild.sild.ConfigFile;
import dev.sild.sild.ModelFile;
import dev.sild.sild.RunConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/** The files of a run. What other programs read is written whole or not at all. */
public final class RunDirectory {
  private static final JsonMapper JSON =
      JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();

  private final Path root;

  private RunDirectory(Path root) {
    this.root = root;
  }

  /**
   * What a run was started with, besides its configuration.
   *
   * @param data where the user's data lay, null if nowhere
   * @param samples what they were, as {@link dev.sild.data.DataSet#describe} says it
   */
  public record Origin(
      int seed,
      String data,
      String samples,
      String version,
      String java,
      String device,
      String started) {}

  /**
   * Makes the directory of a new run.
   *
   * @throws UserException if it is there already, or cannot be made
   */
  public static RunDirectory create(Path root) {
    try {
      if (Files.exists(root.resolve("config.toml")))
        throw new UserException(
            "%s holds a run already: add --resume to go on with it, or name another --out"
                .formatted(root));
      Files.createDirectories(root.resolve("checkpoint"));
      return new RunDirectory(root);
    } catch (IOException e) {
      throw new UserException("cannot write to %s: %s".formatted(root, reason(e)), e);
    }
  }

  /**
   * The directory of a run that was started before.
   *
   * @throws UserException if there is none
   */
  public static RunDirectory open(Path root) {
    if (!Files.isRegularFile(root.resolve("config.toml")))
      throw new UserException("no run in %s: config.toml is missing".formatted(root));
    return new RunDirectory(root);
  }

  /** A folder beside runs, which is none itself. */
  public static RunDirectory at(Path root) {
    return new RunDirectory(root);
  }

  public Path root() {
    return root;
  }

  public Path file(String name) {
    return root.resolve(name);
  }

  public Path checkpoints() {
    return root.resolve("checkpoint");
  }

  public Path model() {
    return root.resolve(ModelFile.NAME);
  }

  /** The model of the second average, if the run keeps two. */
  public Path secondModel() {
    return root.resolve(ModelFile.SECOND_NAME);
  }

  public RunConfig config() throws IOException {
    return ConfigFile.read(file("config.toml"));
  }

  public Origin origin() throws IOException {
    if (!Files.isRegularFile(file("build.json")))
      throw new UserException("no run in %s: build.json is missing".formatted(root));
    try {
      return JSON.readValue(Files.readString(file("build.json")), Origin.class);
    } catch (JacksonException e) {
      throw new UserException(
          "%s is damaged: %s".formatted(file("build.json"), e.getOriginalMessage()), e);
    }
  }

  /** Writes {@code config.toml} and {@code build.json}: from here on the directory is a run. */
  public void begin(RunConfig config, Origin origin) throws IOException {
    writeJson("build.json", origin);
    write("config.toml", ConfigFile.write(config));
  }

  public void write(String name, String text) throws IOException {
    write(name, text.getBytes(StandardCharsets.UTF_8));
  }

  public void write(String name, byte[] bytes) throws IOException {
    AtomicFile.write(file(name), channel -> AtomicFile.writeFully(channel, ByteBuffer.wrap(bytes)));
  }

  /** Writes an object as JSON, record components in snake case. */
  public void writeJson(String name, Object value) throws IOException {
    write(name, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(value) + "\n");
  }

  /** Appends a line to {@code log.txt}. */
  public void log(String line) throws IOException {
    append("log.txt", LocalTime.now().truncatedTo(ChronoUnit.SECONDS) + " " + line);
  }

  /** Appends an interval to {@code stats.jsonl}. */
  public void append(Interval interval) throws IOException {
    append("stats.jsonl", JSON.writeValueAsString(interval));
  }

  /** All intervals so far. */
  public List<Interval> intervals() throws IOException {
    if (!Files.exists(file("stats.jsonl"))) return List.of();
    try (var lines = Files.lines(file("stats.jsonl"))) {
      return lines.map(line -> JSON.readValue(line, Interval.class)).toList();
    }
  }

  /** Drops the intervals of a stage from after {@code step}, and of the stages in {@code later}. */
  public void rewind(String stage, long step, List<String> later) throws IOException {
    if (!Files.exists(file("stats.jsonl"))) return;
    StringBuilder kept = new StringBuilder();
    for (String line : Files.readAllLines(file("stats.jsonl"))) {
      Map<?, ?> interval;
      try {
        interval = JSON.readValue(line, Map.class);
      } catch (JacksonException e) {
        continue; // a line that a crash cut short
      }
      boolean after =
          interval.get("stage").equals(stage) && ((Number) interval.get("step")).longValue() > step;
      if (!after && !later.contains((String) interval.get("stage"))) kept.append(line).append('\n');
    }
    write("stats.jsonl", kept.toString());
  }

  private void append(String name, String line) throws IOException {
    Files.writeString(
        file(name), line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  static String reason(IOException e) {
    return switch (e) {
      case java.nio.file.AccessDeniedException _ -> "permission denied";
      case java.nio.file.FileAlreadyExistsException f -> f.getFile() + " is not a folder";
      default -> e.getMessage();
    };
  }

  /** The mapper behind every JSON that this program writes. */
  public static ObjectMapper json() {
    return JSON;
  }
}
