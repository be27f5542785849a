package dev.sild.training;

import dev.sild.UserException;
import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.data.DataSet;
import dev.sild.network.Blueprint;
import dev.sild.network.Parameters;
import dev.sild.sild.Autoencoder;
import dev.sild.sild.RunConfig;
import dev.sild.sild.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Device memory of a training run, stage by stage, known before the first step. The conservative
 * network and its decoder are trained one after the other; their row is the sum of both.
 *
 * @param rows arenas in the order of their stages
 */
public record MemoryTable(List<Row> rows) {
  private static final double MIB = 1 << 20;
  private static final int ARENAS = 5; // values, gradients, two moments, moving average

  /**
   * @param learned learned numbers in it, 0 for memory without any
   */
  public record Row(String stage, String arena, long learned, long bytes) {}

  /** The plan of a configuration: networks are declared, nothing is allocated. */
  public static MemoryTable of(RunConfig config, DataSet data, Device device) {
    List<Row> rows = new ArrayList<>();
    int collapse = config.collapse().batch();
    int refine = config.refine().batch();
    int dimension = data.dimension();

    Parameters autoencoder = new Parameters();
    MemoryPlan training = new MemoryPlan("collapse");
    Autoencoder.of(
        new Blueprint(autoencoder, training, collapse, true), config.autoencoder(), dimension);
    long objective = 4L * collapse * (2L * dimension + 3);
    String stages =
        Stage.Name.of(config).contains(Stage.Name.DECODE) ? "collapse, decode" : "collapse";
    add(rows, stages, autoencoder, training.bytes() + objective, data.bytes(collapse), device);

    MemoryPlan encoding = new MemoryPlan("encoder");
    Autoencoder.of(
        new Blueprint(autoencoder, encoding, refine, false), config.autoencoder(), dimension);
    Parameters denoiser = new Parameters();
    MemoryPlan refining = new MemoryPlan("refine");
    Session.denoiser(new Blueprint(denoiser, refining, refine, true), config);
    long latents = 4L * refine * (2L * config.autoencoder().latent() + dimension + 4);
    add(rows, "refine", denoiser, refining.bytes() + latents, data.bytes(refine), device);
    rows.add(new Row("refine", "frozen encoder", 0, autoencoder.arenaBytes() + encoding.bytes()));
    return new MemoryTable(rows);
  }

  private static void add(
      List<Row> rows,
      String stage,
      Parameters parameters,
      long activations,
      long data,
      Device device) {
    long arena = parameters.arenaBytes();
    rows.add(new Row(stage, "parameters", parameters.count(), arena));
    rows.add(new Row(stage, "gradients, moments, average", 0, (ARENAS - 1) * arena));
    rows.add(new Row(stage, "activations", 0, activations));
    rows.add(new Row(stage, "data", 0, data));
    rows.add(new Row(stage, "scratch of a stream", 0, device.streamBytes()));
  }

  /** Bytes of the largest stage: they do not live together. */
  public long peak() {
    return rows.stream().map(Row::stage).distinct().mapToLong(this::bytes).max().orElse(0);
  }

  private long bytes(String stage) {
    return rows.stream().filter(row -> row.stage.equals(stage)).mapToLong(Row::bytes).sum();
  }

  /**
   * Refuses a plan that does not fit.
   *
   * @throws UserException with the sizes
   */
  public void requireRoom(Device device) {
    if (peak() > device.freeBytes())
      throw new UserException(
          String.format(
              Locale.ROOT,
              "the plan needs %.0f MiB on %s, which has %.0f MiB free: take a smaller batch or"
                  + " width",
              peak() / MIB,
              device.name(),
              device.freeBytes() / MIB));
  }

  /** The plan as lines of text. */
  public String text() {
    StringBuilder text = new StringBuilder();
    for (Row row : rows)
      text.append(
          String.format(
              Locale.ROOT,
              "%-16s %-28s %10.1f MiB%s%n",
              row.stage,
              row.arena,
              row.bytes / MIB,
              row.learned > 0 ? String.format(Locale.ROOT, "  %,d learned", row.learned) : ""));
    return text.append(
            String.format(Locale.ROOT, "%-16s %-28s %10.1f MiB%n", "peak", "", peak() / MIB))
        .toString();
  }
}
