package dev.sild.sild;

import dev.sild.UserException;
import dev.sild.bindings.Device;
import dev.sild.bindings.View;
import dev.sild.data.DataSet;
import dev.sild.network.Parameters;
import dev.sild.sampling.Sampler;
import dev.sild.sampling.Schedule;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/**
 * A trained model on a device: it samples, encodes and decodes. Any number of threads may call it
 * at once; each call borrows a session with memory of its own.
 *
 * <p>Arrays go in and out of the caller's memory: heap or native segments of f32, row-major, read
 * or written before the call returns and never kept. The model owns its device memory until {@link
 * #close}; the device stays the caller's.
 *
 * <p>Samples and data are in the data's own units: images in [−1, 1], a user's vectors as they
 * were.
 */
public final class Model implements AutoCloseable {
  private final ModelFile.Contents contents;
  private final Device device;
  private final Parameters weights = new Parameters();
  private final DataSet.Normalisation inverse;
  private final int batch;
  private final ConcurrentLinkedDeque<Session> idle = new ConcurrentLinkedDeque<>();

  /** A model of what a file, or a training run, holds. */
  public Model(ModelFile.Contents contents, Device device) {
    this.contents = contents;
    this.device = device;
    this.inverse = contents.normalisation().inverse();
    batch = Session.rows(contents.config(), contents.space());
    Session first = newSession();
    contents.weights().copyTo(weights, Parameters.Kind.VALUE);
    idle.push(first);
  }

  /**
   * Loads {@code model.safetensors} of a run directory, or such a file itself.
   *
   * @throws UserException if there is no such file, or it is not one of this program's
   */
  public static Model load(Path run, Device device) {
    try {
      return new Model(ModelFile.read(run), device);
    } catch (IOException e) {
      throw new UserException("cannot read a model from %s: %s".formatted(run, e.getMessage()), e);
    }
  }

  /** Rows that go through the networks at a time. */
  public int batch() {
    return batch;
  }

  /** D: numbers in a sample. */
  public int dimension() {
    return contents.dimension();
  }

  /** Z: numbers in a latent. */
  public int latent() {
    return contents.config().latent(contents.space());
  }

  /** What the model was trained with. */
  public RunConfig config() {
    return contents.config();
  }

  /** Everything that its file holds. */
  public ModelFile.Contents contents() {
    return contents;
  }

  /**
   * Draws samples by the preset's sampler and schedule. Sample i is the same whatever count it is
   * drawn with.
   *
   * @param samples (count, D) f32, to be written
   */
  public void sample(MemorySegment samples, int seed) {
    sample(samples, config().sampling(), seed, 0, () -> false);
  }

  /**
   * Draws samples {@code firstSample …} of the seed.
   *
   * @param samples (count, D) f32, to be written
   * @param cancelled asked between batches, and between steps that are not replayed
   * @throws CancellationException if it said yes; {@code samples} then holds the batches done
   */
  public void sample(
      MemorySegment samples,
      RunConfig.Sampling sampling,
      int seed,
      long firstSample,
      BooleanSupplier cancelled) {
    sample(samples, sampling.solver(), sampling.levels(), seed, firstSample, cancelled);
  }

  /** The same by any sampler and schedule. */
  public void sample(
      MemorySegment samples,
      Sampler sampler,
      Schedule schedule,
      int seed,
      long firstSample,
      BooleanSupplier cancelled) {
    sample(samples, sampler, schedule, Condition.NONE, seed, firstSample, cancelled);
  }

  /**
   * The same under a condition.
   *
   * @throws UserException if the model was not trained for it
   */
  public void sample(
      MemorySegment samples,
      Sampler sampler,
      Schedule schedule,
      Condition condition,
      int seed,
      long firstSample,
      BooleanSupplier cancelled) {
    draw(samples, sampler, schedule, condition, seed, firstSample, cancelled, true);
  }

  /** The same, but stops at the latents: (count, Z) f32, in the encoder's units. */
  public void sampleLatents(
      MemorySegment latents,
      RunConfig.Sampling sampling,
      int seed,
      long firstSample,
      BooleanSupplier cancelled) {
    draw(
        latents,
        sampling.solver(),
        sampling.levels(),
        Condition.NONE,
        seed,
        firstSample,
        cancelled,
        false);
  }

  private void draw(
      MemorySegment out,
      Sampler sampler,
      Schedule schedule,
      Condition condition,
      int seed,
      long firstSample,
      BooleanSupplier cancelled,
      boolean decode) {
    int width = decode ? dimension() : latent();
    borrow(session -> {
      try (Drawing drawing =
          Drawing.of(this, device, session, sampler, schedule, condition, seed, cancelled)) {
        long count = rows(out, width);
        for (long at = 0; at < count; at += drawing.rows()) {
          if (cancelled.getAsBoolean()) throw new CancellationException("cancelled");
          int rows = (int) Math.min(drawing.rows(), count - at);
          float[] z = restore(drawing.latents(firstSample + at, rows));
          float[] drawn = decode ? drawing.finish(decodeAll(session, z)) : z;
          slice(out, at, rows, width).copyFrom(MemorySegment.ofArray(drawn));
        }
      }
    });
  }

  private float[] decodeAll(Session session, float[] z) {
    float[] x = new float[z.length / latent() * dimension()];
    decode(session, MemorySegment.ofArray(x), MemorySegment.ofArray(z));
    return x;
  }

  /** Standardised latents of x (rows, D), at most a batch. */
  float[] standardised(Session session, float[] x) {
    return contents.latents().units().inverse().apply(encodeBatch(session, x));
  }

  /**
   * z = f(x).
   *
   * @param z (count, Z) f32, to be written
   * @param x (count, D) f32
   */
  public void encode(MemorySegment z, MemorySegment x) {
    borrow(session -> map(z, latent(), x, dimension(), batch -> encodeBatch(session, batch)));
  }

  /**
   * x = g(z).
   *
   * @param x (count, D) f32, to be written
   * @param z (count, Z) f32
   */
  public void decode(MemorySegment x, MemorySegment z) {
    borrow(session -> decode(session, x, z));
  }

  /**
   * g(f(x)).
   *
   * @param reconstructed (count, D) f32, to be written; may be {@code x}
   * @param x (count, D) f32
   */
  public void reconstruct(MemorySegment reconstructed, MemorySegment x) {
    float[] z = new float[Math.toIntExact(rows(x, dimension()) * latent())];
    encode(MemorySegment.ofArray(z), x);
    decode(reconstructed, MemorySegment.ofArray(z));
  }

  private void decode(Session session, MemorySegment x, MemorySegment z) {
    map(x, dimension(), z, latent(), batch -> decodeBatch(session, batch));
  }

  private void map(
      MemorySegment out, int outWidth, MemorySegment in, int inWidth, UnaryOperator<float[]> body) {
    long count = rows(in, inWidth);
    if (rows(out, outWidth) != count)
      throw new IllegalArgumentException(
          "room for %d rows, not %d".formatted(rows(out, outWidth), count));
    for (long at = 0; at < count; at += batch) {
      int rows = (int) Math.min(batch, count - at);
      float[] some = slice(in, at, rows, inWidth).toArray(ValueLayout.JAVA_FLOAT);
      slice(out, at, rows, outWidth).copyFrom(MemorySegment.ofArray(body.apply(some)));
    }
  }

  private float[] encodeBatch(Session session, float[] batch) {
    View x = session.input().first(batch.length / dimension());
    x.write(contents.normalisation().apply(batch));
    return session.autoencoder().encode(session.stream(), x).floats();
  }

  private float[] decodeBatch(Session session, float[] batch) {
    View z = session.code().first(batch.length / latent());
    z.write(batch);
    float[] x = inverse.apply(session.autoencoder().decode(session.stream(), z).floats());
    if (contents.space().isImage()) // pixels end at black and white: only towards the data
    for (int i = 0; i < x.length; i++) x[i] = Math.clamp(x[i], -1f, 1f);
    return x;
  }

  /** Standardised latents back to the encoder's units. */
  private float[] restore(float[] z) {
    return contents.latents().units().apply(z);
  }

  private static long rows(MemorySegment array, int width) {
    long bytes = 4L * width;
    if (array.byteSize() % bytes != 0)
      throw new IllegalArgumentException(
          "%d bytes are not rows of %d floats".formatted(array.byteSize(), width));
    return array.byteSize() / bytes;
  }

  private static MemorySegment slice(MemorySegment array, long first, int rows, int width) {
    return array.asSlice(4L * first * width, 4L * rows * width);
  }

  /** A session for as long as the body runs. */
  private void borrow(java.util.function.Consumer<Session> body) {
    Session session = idle.poll();
    if (session == null) session = newSession();
    try {
      body.accept(session);
    } finally {
      idle.push(session);
    }
  }

  private Session newSession() {
    synchronized (weights) { // declares the same tensors again, which finds them
      return new Session(device, config(), contents.space(), weights, batch);
    }
  }

  /** For measures: the denoiser on this model's device, in a session that the caller closes. */
  public Session openSession() {
    return newSession();
  }

  @Override
  public void close() {
    for (Session session = idle.poll(); session != null; session = idle.poll()) session.close();
    weights.close();
  }
}
