package dev.sild.training;

import dev.sild.data.CorruptFileException;
import dev.sild.data.Safetensors;
import dev.sild.data.Tensor;
import dev.sild.network.Parameters;
import dev.sild.network.Parameters.Kind;
import dev.sild.network.Weights;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Everything needed to go on bit for bit: the averages of finished stages and the whole state of
 * the one under way. Random numbers need no state: they are functions of the step.
 *
 * @param stage number of the stage under way
 * @param step its steps done
 * @param finished averaged weights of the stages before it
 * @param state values, moments and averages of the stage under way; empty at its beginning
 */
public record Checkpoint(int stage, long step, Weights finished, Map<Kind, Weights> state) {
  private static final int KEPT = 2;
  private static final List<Kind> STATE =
      List.of(Kind.VALUE, Kind.FIRST_MOMENT, Kind.SECOND_MOMENT, Kind.AVERAGE, Kind.SECOND_AVERAGE);

  /** Writes the state of a stage, synced and renamed into place, and drops all but the last two. */
  static void save(Path folder, int stage, long step, Weights finished, Parameters current)
      throws IOException {
    List<Tensor> tensors = new ArrayList<>(finished.prefixed("finished/"));
    if (current != null)
      for (Kind kind : STATE)
        if (current.has(kind)) tensors.addAll(Weights.of(current, kind).prefixed(prefix(kind)));
    Map<String, String> metadata =
        Map.of("stage", Integer.toString(stage), "step", Long.toString(step));
    Path path = folder.resolve("%d-%010d.safetensors".formatted(stage, step));
    Safetensors.writeAtomically(path, tensors, metadata);
    List<Path> all = newestFirst(folder);
    for (Path old : all.subList(Math.min(KEPT, all.size()), all.size())) Files.deleteIfExists(old);
  }

  /**
   * The newest checkpoint that is whole, or null if there is none. Damaged ones are put aside under
   * another name: by theirs they would pass for newer than the ones to come.
   *
   * @param warn hears of each damaged one
   */
  static Checkpoint newest(Path folder, Consumer<String> warn) throws IOException {
    deleteUnfinished(folder);
    for (Path path : newestFirst(folder)) {
      try {
        return read(path);
      } catch (CorruptFileException e) {
        warn.accept(
            "warning: checkpoint %s is damaged (%s); going back to the one before"
                .formatted(path.getFileName(), e.getMessage()));
        Files.move(
            path,
            path.resolveSibling(path.getFileName() + ".damaged"),
            StandardCopyOption.REPLACE_EXISTING);
      }
    }
    return null;
  }

  /** What a kill has cut short. */
  private static void deleteUnfinished(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) return;
    try (var files = Files.newDirectoryStream(folder, "*.tmp")) {
      for (Path file : files) Files.deleteIfExists(file);
    }
  }

  private static Checkpoint read(Path path) throws IOException {
    Safetensors.Contents file = Safetensors.read(path, Arena.ofAuto());
    Map<Kind, Weights> state = new java.util.EnumMap<>(Kind.class);
    for (Kind kind : STATE) state.put(kind, Weights.named(prefix(kind), file.tensors()));
    return new Checkpoint(
        Integer.parseInt(file.metadata().get("stage")),
        Long.parseLong(file.metadata().get("step")),
        Weights.named("finished/", file.tensors()),
        state);
  }

  /** Puts the state back into parameters that are allocated for training. */
  void restore(Parameters parameters) {
    state.forEach((kind, weights) -> {
      if (parameters.has(kind)) weights.copyTo(parameters, kind);
    });
  }

  private static String prefix(Kind kind) {
    return kind.name().toLowerCase(java.util.Locale.ROOT) + "/";
  }

  private static List<Path> newestFirst(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) return List.of();
    try (var files = Files.list(folder)) {
      return files
          .filter(path -> path.toString().endsWith(".safetensors"))
          .sorted(Comparator.comparing((Path path) -> path.getFileName().toString()).reversed())
          .toList();
    }
  }
}
