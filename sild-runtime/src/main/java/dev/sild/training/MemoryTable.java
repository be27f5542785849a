package dev.sild.training;

import dev.sild.UserException;
import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Noise;
import dev.sild.data.DataSet;
import dev.sild.data.SampleSpace;
import dev.sild.network.Blueprint;
import dev.sild.network.Parameters;
import dev.sild.sild.Autoencoder;
import dev.sild.sild.Optimisation;
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
    if (config.method().compresses()) first(rows, config, data, device);
    if (config.method().diffuses()) second(rows, config, data, device);
    return new MemoryTable(rows);
  }

  private static void first(List<Row> rows, RunConfig config, DataSet data, Device device) {
    int batch = config.collapse().rows();
    List<Stage.Name> stages = Stage.Name.of(config);
    Parameters learned = new Parameters();
    MemoryPlan training = new MemoryPlan("first stage");
    Blueprint blueprint = new Blueprint(learned, training, batch, true);
    if (stages.contains(Stage.Name.RECONSTRUCT))
      FirstStage.Rival.of(config, 0, blueprint, data.space());
    else Autoencoder.of(blueprint, config, data.space());
    String stage =
        stages.contains(Stage.Name.DECODE) ? "collapse, decode" : stages.getFirst().label();
    add(
        rows,
        stage,
        config.collapse(),
        learned,
        training.bytes() + objective(config, data, batch),
        data.bytes(batch),
        device);
  }

  /** What the first stage's objective plans beside the network. */
  private static long objective(RunConfig config, DataSet data, int batch) {
    boolean tokens = config.autoencoder().kind() == RunConfig.AutoencoderKind.TOKENS;
    int length = tokens ? data.space().tokens().length() : 0;
    return 4L * batch * (2L * data.dimension() + 2L * length + 3);
  }

  private static void second(List<Row> rows, RunConfig config, DataSet data, Device device) {
    int batch = config.refine().rows();
    SampleSpace latent = config.latentSpace(data.space());
    Parameters frozen = new Parameters();
    MemoryPlan encoding = new MemoryPlan("encoder");
    Noise any = new Noise(0, 0);
    new FrozenEncoder(frozen, encoding, config, data.space(), batch, any);
    Parameters denoiser = new Parameters();
    MemoryPlan refining = new MemoryPlan("refine");
    Session.denoiser(new Blueprint(denoiser, refining, batch, true), config, latent, false);
    long latents = 4L * batch * (2L * latent.dimension() + data.dimension() + 4);
    boolean kept = SecondStage.keepsLatents(config, data);
    if (kept)
      rows.add(
          new Row(
              "refine", "latents of all samples", 0, LatentBank.bytes(data, latent.dimension())));
    add(
        rows,
        "refine",
        config.refine(),
        denoiser,
        refining.bytes() + latents,
        data.bytes(batch),
        device);
    if (config.method().compresses())
      rows.add(new Row("refine", "frozen encoder", 0, frozen.arenaBytes() + encoding.bytes()));
  }

  private static void add(
      List<Row> rows,
      String stage,
      Optimisation rule,
      Parameters parameters,
      long activations,
      long data,
      Device device) {
    long arena = parameters.arenaBytes();
    rows.add(new Row(stage, "parameters", parameters.count(), arena));
    int more = (rule.secondEmaSigmaRel() > 0 ? 1 : 0) + (rule.rows() < rule.batch() ? 1 : 0);
    rows.add(new Row(stage, "gradients, moments, averages", 0, (ARENAS - 1 + more) * arena));
    rows.add(new Row(stage, "activations", 0, activations));
    rows.add(new Row(stage, "data", 0, data));
    rows.add(new Row(stage, "scratch of a stream", 0, device.streamBytes()));
  }

  /**
   * The configuration whose plan fits into so many bytes: the same, or with smaller and smaller
   * micro-batches.
   *
   * @throws UserException if even the smallest takes more
   */
  public static RunConfig within(RunConfig config, long bytes, DataSet data, Device device) {
    RunConfig found = config;
    while (of(found, data, device).peak() > bytes) {
      RunConfig smaller = found.withMicroBatches(half(found.collapse()), half(found.refine()));
      if (smaller.equals(found))
        throw new UserException(
            String.format(
                Locale.ROOT,
                "the smallest micro-batches need %.0f MiB: allow that much, or take a smaller"
                    + " width",
                of(found, data, device).peak() / MIB));
      found = smaller;
    }
    return found;
  }

  /** Half as many rows at a time, while that divides the batch and leaves two. */
  private static int half(Optimisation rule) {
    int rows = rule.rows();
    return rows % 2 == 0 && rows > 2 ? rows / 2 : rows;
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
