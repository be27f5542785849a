package dev.sild.bindings.cuda;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.sild.bindings.DType;
import dev.sild.bindings.Gather;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Shapes;
import dev.sild.bindings.View;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * One launch at a time, argument by argument in the order of the kernel's parameters. The driver
 * copies the arguments before a launch returns, so a stream keeps one block of them and nothing is
 * allocated. Panama, not JCuda, which builds an object for each argument: with 14 arguments, on a
 * driver that does nothing, 0.1 µs and 24 bytes of garbage against 8 µs and 1792.
 */
final class Launch {
  private static final int MOST_ARGUMENTS = 40;
  private static final int MOST_BYTES = 1024;
  private static final int GATHER_BYTES = 56;

  private static final MethodHandle launch$mh =
      Linker.nativeLinker()
          .downcallHandle(
              Cuda.driver().findOrThrow("cuLaunchKernel"),
              FunctionDescriptor.of(
                  JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT,
                  JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG));

  private final CudaContext context;
  private final long stream;
  private final int multiprocessors;
  private final MemorySegment values;
  private final MemorySegment pointers;
  private CudaKernels.Kernel kernel;
  private long blocks;
  private long blocksY;
  private int threads;
  private int threadsY;
  private int shared;
  private int count;
  private int used;

  /**
   * @param arena lives as long as the stream
   */
  Launch(CudaContext context, long stream, Arena arena) {
    this.context = context;
    this.stream = stream;
    multiprocessors = context.multiprocessors();
    values = arena.allocate(MOST_BYTES, 8);
    pointers = arena.allocate(8L * MOST_ARGUMENTS, 8);
  }

  /** Begins the launch of a kernel on one block of 256 threads. */
  Launch of(CudaKernels.Kernel next) {
    kernel = next;
    blocks = 1;
    blocksY = 1;
    threads = 256;
    threadsY = 1;
    shared = 0;
    count = 0;
    used = 0;
    return this;
  }

  Launch grid(long x) {
    return grid(x, 1);
  }

  Launch grid(long x, long y) {
    blocks = x;
    blocksY = y;
    return this;
  }

  Launch block(int size) {
    return block(size, 1);
  }

  Launch block(int x, int y) {
    threads = x;
    threadsY = y;
    return this;
  }

  /** Threads that take four of n elements each, in blocks of 256. */
  Launch quads(long n) {
    return grid(Math.ceilDiv(n, 4 * 256L));
  }

  /**
   * Teams of threads that share a row: {@code kernels/cuda/runtime/team.cuh}. About 16 elements a
   * thread, whole warps, at most 512 threads.
   */
  Launch teams(long rows, long columns) {
    long wanted = Math.clamp(Math.ceilDiv(columns, 16), 32L, 512L);
    int team = Integer.highestOneBit((int) (2 * wanted - 1));
    block(team, Math.max(1, 256 / team));
    return grid(Math.ceilDiv(rows, (long) threadsY));
  }

  /**
   * Threads that own a column and go from row to row: {@code kernels/cuda/runtime/tile.cuh}. Four
   * blocks a multiprocessor, and then more rows a thread, but never more than it has neighbours
   * across, which perturb needs.
   */
  Launch tiles(long rows, long columns) {
    long pieces = Math.max(1, Math.ceilDiv(columns, 256L));
    int across = (int) Math.ceilDiv(columns, pieces);
    block(across, 256 / across);
    long once = Math.ceilDiv(rows, (long) threadsY);
    long least = Math.ceilDiv(once, (long) across);
    return grid(Math.clamp(4L * multiprocessors / pieces, least, Math.max(least, once)), pieces);
  }

  /** Enough blocks for this many threads, where the rows alone would give fewer. */
  Launch atLeast(long n) {
    return grid(Math.max(blocks, Math.ceilDiv(n, (long) threads * threadsY)));
  }

  /** Bytes of dynamic shared memory. */
  Launch shared(int bytes) {
    shared = bytes;
    return this;
  }

  /** The address of a view; null for null. */
  Launch view(View view) {
    return i64(view == null ? 0 : view.address());
  }

  Launch i64(long value) {
    values.set(JAVA_LONG, slot(8), value);
    return this;
  }

  Launch i32(int value) {
    values.set(JAVA_INT, slot(4), value);
    return this;
  }

  Launch f32(double value) {
    values.set(JAVA_FLOAT, slot(4), (float) value);
    return this;
  }

  /** Seed and purpose: two arguments. */
  Launch noise(Noise noise) {
    return i32(noise.seed()).i32(noise.purpose());
  }

  /**
   * Seed, purpose and the step that says which samples draw: three arguments, zeros without noise.
   */
  Launch noise(Noise noise, View step) {
    return noise == null ? i32(0).i32(0).i64(0) : noise(noise).view(step);
  }

  /** The C struct sild_gather, by value. */
  Launch gather(Gather gather) {
    long at = slot(GATHER_BYTES);
    View index = gather.index();
    values.set(JAVA_LONG, at, gather.data().address());
    values.set(JAVA_LONG, at + 8, index == null ? 0 : index.address());
    values.set(JAVA_LONG, at + 16, gather.scale().address());
    values.set(JAVA_LONG, at + 24, gather.shift().address());
    values.set(JAVA_LONG, at + 32, gather.data().rows());
    values.set(JAVA_LONG, at + 40, gather.data().columns());
    values.set(JAVA_INT, at + 48, gather.parts());
    values.set(JAVA_INT, at + 52, gather.data().type() == DType.U8 ? 1 : 0);
    return this;
  }

  /** Launches; a grid of no blocks is no work. The views are named if that fails. */
  void run(View... named) {
    if (blocks == 0 || blocksY == 0) return;
    if (blocks > Integer.MAX_VALUE || blocksY > 0xFFFF)
      throw new IllegalArgumentException(
          "%s: a grid of %d × %d blocks"
              .formatted(Shapes.describe(kernel.op(), named), blocks, blocksY));
    context.makeCurrent();
    kernel.allow(shared);
    int status;
    Ranges.push(kernel.range());
    try {
      status =
          (int)
              launch$mh.invokeExact(
                  kernel.address(),
                  (int) blocks,
                  (int) blocksY,
                  1,
                  threads,
                  threadsY,
                  1,
                  shared,
                  stream,
                  pointers.address(),
                  0L);
    } catch (Throwable t) {
      throw new AssertionError(t); // a binding bug, nothing else
    }
    Ranges.pop();
    if (status != 0) throw Cuda.failure(status, Shapes.describe(kernel.op(), named));
  }

  private long slot(int bytes) {
    long at = used;
    pointers.set(JAVA_LONG, 8L * count++, values.address() + at);
    used += (bytes + 7) / 8 * 8;
    return at;
  }
}
