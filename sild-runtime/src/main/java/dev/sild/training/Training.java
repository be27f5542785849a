package dev.sild.training;

import dev.sild.Progress;
import dev.sild.bindings.Device;
import dev.sild.bindings.Stream;
import dev.sild.data.DataSet;
import dev.sild.network.Parameters.Kind;
import dev.sild.network.Weights;
import dev.sild.sild.ModelFile;
import dev.sild.sild.RunConfig;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/**
 * Trains a model: collapse, then refine; with the conservative network, its decoder in between. The
 * same seed on the same device gives the same bits, interrupted or not.
 */
public final class Training {
  /** Seconds between two checkpoints, unless asked otherwise. */
  public static final long SECONDS_A_CHECKPOINT = 60;

  private final RunConfig config;
  private final int seed;
  private final DataSet data;
  private final Device device;
  private final RunDirectory run;
  private final Progress progress;
  private final BooleanSupplier cancelled;
  private double secondsACheckpoint = SECONDS_A_CHECKPOINT;
  private Watcher watcher = (_, _, _) -> {};
  private long saved = System.nanoTime();

  /**
   * @param run where statistics, checkpoints and the model go; null to keep nothing
   * @param cancelled asked every {@link Trainer#INTERVAL} steps
   */
  public Training(
      RunConfig config,
      int seed,
      DataSet data,
      Device device,
      RunDirectory run,
      Progress progress,
      BooleanSupplier cancelled) {
    this.config = config;
    this.seed = seed;
    this.data = data;
    this.device = device;
    this.run = run;
    this.progress = progress;
    this.cancelled = cancelled;
  }

  /** Asks for a checkpoint that often; 0 for one every {@link Trainer#INTERVAL} steps. */
  public Training checkpointEvery(double seconds) {
    secondsACheckpoint = seconds;
    return this;
  }

  /** Has somebody look at the model while it is refined. */
  public Training watch(Watcher by) {
    watcher = by;
    return this;
  }

  /**
   * Trains from the newest checkpoint of the run, or from the beginning.
   *
   * @return what the run then holds as its model
   * @throws CancellationException if cancelled; a checkpoint of that moment is written before
   * @throws NotFiniteException if a gradient left the finite numbers; the last good checkpoint
   *     stays
   * @throws IOException if the run directory cannot be written; the last good checkpoint stays
   */
  public ModelFile.Contents train() throws IOException {
    List<Stage.Name> stages = Stage.Name.of(config);
    Checkpoint from = run == null ? null : Checkpoint.newest(run.checkpoints(), progress::say);
    if (from == null) from = new Checkpoint(0, 0, new Weights(Map.of()), Map.of());
    if (run != null) rewind(stages, from);
    Weights finished = from.finished();
    try (Stream stream = device.openStream()) {
      Stage.Setting setting = new Stage.Setting(config, seed, data, device, stream);
      for (int s = from.stage(); s < stages.size(); s++)
        finished =
            finished.and(
                stages.get(s) == Stage.Name.MIX
                    ? mixture(s, setting, finished)
                    : stage(s, stages.get(s), setting, finished, s == from.stage() ? from : null));
    }
    Weights second = Weights.named(Stage.SECOND, List.copyOf(finished.tensors().values()));
    Weights first = finished.without(Stage.SECOND);
    if (run != null && !second.tensors().isEmpty())
      ModelFile.write(run.secondModel(), contents(first.and(second)));
    if (run != null) ModelFile.write(run.model(), contents(first));
    return contents(first);
  }

  private ModelFile.Contents contents(Weights weights) {
    return new ModelFile.Contents(config, seed, data.space(), data.normalisation(), weights);
  }

  private Weights stage(
      int number, Stage.Name name, Stage.Setting setting, Weights finished, Checkpoint from)
      throws IOException {
    try (Stage stage = Stage.open(name, setting, finished);
        Trainer trainer = stage.trainer(name, setting)) {
      long first = from == null ? 0 : from.step();
      if (first > 0) from.restore(stage.parameters());
      long steps = stage.optimisation().steps();
      int batch = stage.optimisation().batch();
      progress.begin(name.label(), "samples", first * batch, steps * batch);
      long[] begun = {System.nanoTime()};
      long[] looked = {Watcher.LOOKS * first / steps};
      if (first < steps)
        trainer.run(
            first,
            interval -> {
              after(interval, number, finished, stage, steps);
              long part = Watcher.LOOKS * interval.step() / steps;
              if (name == Stage.Name.REFINE && part > looked[0] && part < Watcher.LOOKS)
                look(interval.step(), finished, stage);
              looked[0] = part;
            });
      progress.end();
      progress.say(
          String.format(
              Locale.ROOT,
              "%s: %,d steps of %d in %.1f s",
              name.label(),
              steps - first,
              batch,
              (System.nanoTime() - begun[0]) * 1e-9));
      Weights result = stage.result();
      if (run != null)
        Checkpoint.save(run.checkpoints(), number + 1, 0, finished.and(result), null);
      return result;
    }
  }

  private void look(long step, Weights finished, Stage stage) {
    Weights raw = finished.and(stage.result(Kind.VALUE));
    Weights average = finished.and(stage.result(Kind.AVERAGE));
    try {
      watcher.see(step, contents(raw), contents(average));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private Weights mixture(int number, Stage.Setting setting, Weights finished) throws IOException {
    progress.say("fitting a Gaussian mixture of the latents");
    Weights result = LatentMixture.fit(setting, finished);
    if (run != null) Checkpoint.save(run.checkpoints(), number + 1, 0, finished.and(result), null);
    return result;
  }

  /**
   * Begins a run with the first stage of a finished one, its log included. It must be the same
   * stage: {@link RunConfig#sharesFirstStage}.
   *
   * @param to has no checkpoint yet
   */
  public static void shareFirstStage(RunDirectory from, RunDirectory to) throws IOException {
    Weights all = ModelFile.read(from.root()).weights();
    Weights first = all.without("denoiser.").without("latent.").without("mixture.");
    String stage = Stage.Name.of(from.config()).getFirst().label();
    to.rewind(stage, 0, List.of());
    for (Interval interval : from.intervals())
      if (interval.stage().equals(stage)) to.append(interval);
    Checkpoint.save(to.checkpoints(), 1, 0, first, null);
  }

  private void after(Interval interval, int number, Weights finished, Stage stage, long steps) {
    progress.advance(interval.samples());
    boolean stop = cancelled.getAsBoolean();
    try {
      if (run != null) {
        run.append(interval);
        boolean due = (System.nanoTime() - saved) * 1e-9 > secondsACheckpoint;
        if (stop || (due && interval.step() < steps)) { // the end of a stage saves itself
          Checkpoint.save(run.checkpoints(), number, interval.step(), finished, stage.parameters());
          saved = System.nanoTime();
        }
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    if (stop) {
      progress.end();
      throw new CancellationException(
          "stopped at step %,d of %s%s"
              .formatted(
                  interval.step(),
                  interval.stage(),
                  run == null ? "" : "; --resume goes on from there"));
    }
  }

  private void rewind(List<Stage.Name> stages, Checkpoint from) throws IOException {
    if (from.stage() >= stages.size()) return;
    List<String> later =
        stages.subList(from.stage() + 1, stages.size()).stream().map(Stage.Name::label).toList();
    run.rewind(stages.get(from.stage()).label(), from.step(), later);
  }
}
