package dev.sild.evaluation;

import dev.sild.Progress;
import dev.sild.sampling.Sampler;
import dev.sild.sampling.Schedule;
import dev.sild.sild.Model;
import dev.sild.sild.RunConfig;
import java.lang.foreign.MemorySegment;
import java.util.function.BooleanSupplier;

/** Samples 0 … count − 1 of a model and a seed, by one sampler and schedule. */
public record Draws(
    Model model,
    Sampler sampler,
    Schedule schedule,
    int count,
    int seed,
    Progress progress,
    BooleanSupplier cancelled) {
  private static final int CHUNK = 1024;

  /** By the model's own sampler and schedule, as many as its configuration says. */
  static Draws preset(Model model, int seed, Progress progress, BooleanSupplier cancelled) {
    RunConfig.Sampling own = model.config().sampling();
    int count = model.config().evaluation().samples();
    return new Draws(model, own.solver(), own.levels(), count, seed, progress, cancelled);
  }

  /** What is done with samples {@code first …}: (rows, D). */
  @FunctionalInterface
  public interface Use {
    void take(float[] samples, int first, int rows);
  }

  /**
   * Draws all, a chunk at a time.
   *
   * @return seconds that drawing took, without what was done with the samples
   */
  public double each(Use use) {
    int d = model.dimension();
    long nanoseconds = 0;
    progress.begin("sampling", "samples", 0, count);
    for (int at = 0; at < count; at += CHUNK) {
      int rows = Math.min(CHUNK, count - at);
      float[] samples = new float[rows * d];
      long begun = System.nanoTime();
      model.sample(MemorySegment.ofArray(samples), sampler, schedule, seed, at, cancelled);
      nanoseconds += System.nanoTime() - begun;
      use.take(samples, at, rows);
      progress.advance(at + rows);
    }
    progress.end();
    return nanoseconds * 1e-9;
  }
}
