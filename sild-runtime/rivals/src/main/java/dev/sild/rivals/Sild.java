package dev.sild.rivals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * SiLD itself, through its command line.
 *
 * @param home folder of {@code ./sild}
 * @param instructions a set of {@code --device cpu:SET}, or null for the machine's best
 */
record Sild(Path home, String instructions) implements Program {
  static final String NAME = "sild";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public boolean does(Cell cell) {
    return true;
  }

  @Override
  public List<String> command(Cell cell, double seconds) {
    List<String> words = new ArrayList<>(List.of(home.resolve("sild").toString(), "bench"));
    if (cell.job().trains())
      words.addAll(
          List.of("train", "--job", cell.job().toString(), "--batch", String.valueOf(Job.BATCH)));
    else if (cell.job().convolves())
      words.addAll(List.of("kernels", "--kernel", kernel(cell.job())));
    else words.add("sample");
    words.addAll(List.of("--precision", cell.precision()));
    words.addAll(List.of("--threads", String.valueOf(cell.threads())));
    words.addAll(List.of("--seconds", String.valueOf(seconds), "--json"));
    words.addAll(List.of("--device", instructions == null ? "cpu" : "cpu:" + instructions));
    return words;
  }

  private static String kernel(Job job) {
    return "conv2d_step %d×%d×%d".formatted(Job.IMAGES, job.dimension(), job.side());
  }

  /** One row a run. */
  @Override
  public Measured read(JsonNode line, Cell cell) {
    JsonNode row = line.required("rows").required(0);
    String device = line.path("device").asString("");
    String form = cell.job() == Job.SAMPLE ? "its latent network; " + device : device;
    double rate =
        cell.job().convolves()
            ? 1e6 * Job.IMAGES / row.required("microseconds").asDouble()
            : row.required("samples_per_second").asDouble();
    return new Measured(rate, "", form);
  }
}
