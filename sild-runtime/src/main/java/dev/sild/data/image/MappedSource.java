package dev.sild.data.image;

import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.Gather;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.Order;
import dev.sild.data.Source;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Images of a bank in some order, in [−1, 1]. While the device works on a batch, a thread of its
 * own gathers the next one from the map. Owns its memory and its thread.
 */
public final class MappedSource implements Source {
  private final ImageBank bank;
  private final Order order;
  private final MemoryPlan memory = new MemoryPlan("samples");
  private final View images;
  private final View scale;
  private final View shift;
  private final byte[] pixels;
  private final int[] gathered; // labels of what is in pixels
  private final int[] drawnLabels;
  private final ExecutorService gatherer =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("sild-images").factory());
  private Future<?> ready;
  private long readyFirst;
  private int readyRows;
  private int prepared;

  /**
   * @param bank at least one image
   * @param batch most samples in a call
   */
  public MappedSource(Device device, ImageBank bank, Order order, int batch) {
    this.bank = bank;
    this.order = order;
    int d = bank.dimension();
    Slot batchImages = memory.add("images", DType.U8, batch, d);
    Slot scales = memory.add("scale", d);
    Slot shifts = memory.add("shift", d);
    memory.allocate(device);
    images = batchImages.view();
    scale = scales.view();
    shift = shifts.view();
    pixels = new byte[Math.multiplyExact(batch, d)];
    gathered = new int[batch];
    drawnLabels = new int[batch];
    float[] constant = new float[d];
    Arrays.fill(constant, 2f / 255);
    scale.write(constant);
    Arrays.fill(constant, -1);
    shift.write(constant);
  }

  /** Device memory that a source takes. */
  public static long bytes(ImageBank bank, int batch) {
    return (long) batch * bank.dimension() + 8L * bank.dimension();
  }

  @Override
  public int dimension() {
    return bank.dimension();
  }

  /** Uploads the samples, and has the next {@code rows} gathered meanwhile. */
  @Override
  public void prepare(Stream stream, long firstSample, int rows) {
    if (ready == null || readyFirst != firstSample || readyRows < rows) {
      await();
      gather(firstSample, rows);
    } else await();
    stream.upload(
        images.first(rows), MemorySegment.ofArray(pixels).asSlice(0, (long) rows * dimension()));
    System.arraycopy(gathered, 0, drawnLabels, 0, rows);
    prepared = rows;
    long next = firstSample + rows;
    ready = gatherer.submit(() -> gather(next, rows));
    readyFirst = next;
    readyRows = rows;
  }

  private void gather(long first, int rows) {
    for (int i = 0; i < rows; i++) {
      int variant = order.variant(first + i);
      int index = variant % bank.count();
      bank.copy(index, variant >= bank.count(), pixels, i * dimension());
      gathered[i] = bank.label(index);
    }
  }

  private void await() {
    if (ready == null) return;
    try {
      ready.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("images could not be gathered", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while images are gathered", e);
    } finally {
      ready = null;
    }
  }

  @Override
  public Gather batch(Stream stream, View step, int rows) {
    return new Gather(images.first(rows), null, scale, shift);
  }

  @Override
  public int[] classes() {
    return Arrays.copyOf(drawnLabels, prepared);
  }

  /** Waits for what is being gathered, and gives the memory back. */
  @Override
  public void close() {
    gatherer.close();
    memory.close();
  }
}
