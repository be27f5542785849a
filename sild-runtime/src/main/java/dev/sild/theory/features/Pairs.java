package dev.sild.theory.features;

import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Noise;
import dev.sild.bindings.SigmaLaw;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Step;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.Source;

/** A batch of clean samples, and the same with noise. Owns its memory. */
final class Pairs implements AutoCloseable {
  /** Most rows at a time. */
  static final int BATCH = 2048;

  private static final SigmaLaw CLEAN = new SigmaLaw.Fixed(0);
  private final MemoryPlan memory = new MemoryPlan("pairs");
  private final View clean;
  private final View noisy;
  private final View sigmas;
  private final View step;
  private int rows;

  Pairs(Device device, int dimension) {
    Slot cleanRows = memory.add("clean", BATCH, dimension);
    Slot noisyRows = memory.add("noisy", BATCH, dimension);
    Slot levels = memory.add("sigma", BATCH);
    Slot address = memory.add("step", DType.U8, Step.BYTES);
    memory.allocate(device);
    clean = cleanRows.view();
    noisy = noisyRows.view();
    sigmas = levels.view();
    step = address.view();
  }

  /** Samples first … first + rows − 1 of a source at a noise level. */
  void draw(Stream stream, Source source, Noise noise, double sigma, long first, int rows) {
    this.rows = rows;
    Step.at(first).writeTo(stream, step);
    source.prepare(stream, first, rows);
    var gather = source.batch(stream, step, rows);
    View levels = sigmas.first(rows);
    stream.perturb(clean(), levels, gather, CLEAN, 0, noise, step);
    stream.perturb(noisy(), levels, gather, new SigmaLaw.Fixed(sigma), 0, noise, step);
  }

  /** x, (rows, D). */
  View clean() {
    return clean.first(rows);
  }

  /** x + σ n, (rows, D). */
  View noisy() {
    return noisy.first(rows);
  }

  @Override
  public void close() {
    memory.close();
  }
}
