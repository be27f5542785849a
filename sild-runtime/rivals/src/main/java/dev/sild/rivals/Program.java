package dev.sild.rivals;

import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** One that can be started to do a job. The last line it prints is a JSON object. */
interface Program {
  /** As the table names it. */
  String name();

  /** Whether it has a way to do this. */
  boolean does(Cell cell);

  /** Command line that times the job for so many seconds after a warm-up. */
  List<String> command(Cell cell, double seconds);

  /** What its environment has beside ours. */
  default Map<String, String> environment(Cell cell) {
    return Map.of();
  }

  /** What the last line says. */
  default Measured read(JsonNode line, Cell cell) {
    return new Measured(
        line.required("samples_per_second").asDouble(),
        line.path("version").asString(""),
        line.path("form").asString(""));
  }
}
