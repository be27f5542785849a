package dev.sild.bindings.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.sild.bindings.Device;
import dev.sild.bindings.DeviceException;
import dev.sild.bindings.Precision;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.function.Function;

/** The stand-in for a GPU: its switches and what it counted (native-build/virtual-gpu). */
public final class VirtualGpu {
  private static Device shared;

  private VirtualGpu() {}

  /** cuda:0 for all tests that do not break it: plain f32, which the references are made for. */
  public static Device shared() {
    if (shared == null) shared = open(Precision.F32_STRICT);
    return shared;
  }

  /**
   * Closes the shared device, so that the next to ask opens a new one. Who is going to break the
   * GPU calls this first: its context lives as long as one device is open.
   */
  public static void release() {
    if (shared != null) shared.close();
    shared = null;
  }

  /** Whether the tests run on the stand-in. */
  public static boolean present() {
    try {
      return Images.present() && Cuda.driver().find("vgpu_set").isPresent();
    } catch (DeviceException e) {
      return false;
    }
  }

  /** Where its libraries lie: the first folder that the tests' loader looks in. */
  static Path folder() {
    return Path.of(System.getenv("LD_LIBRARY_PATH").split(":")[0]);
  }

  /** Whether there is a GPU of either kind that the tests can use. */
  public static boolean orReal() {
    return present() || CudaDevice.available();
  }

  /** Opens cuda:0. */
  public static Device open(Precision precision) {
    return CudaDevice.open(0, precision);
  }

  /** Opens cuda:0 with other PTX for an op. */
  public static Device open(Precision precision, Function<String, byte[]> ptx) {
    return CudaDevice.open(0, precision, ptx);
  }

  /** The PTX that is shipped for an op, ending with a zero. */
  public static byte[] ptx(String op) {
    return Images.ptx(op);
  }

  /** Turns a switch, or sets when a fault is to happen. */
  public static void set(String name, long value) {
    try (Arena arena = Arena.ofConfined()) {
      int status = (int) Handles.SET.invokeExact(arena.allocateFrom(name), value);
      if (status != 0) throw new IllegalArgumentException("no switch " + name);
    } catch (RuntimeException e) {
      throw e;
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /** A counter. */
  public static long get(String name) {
    try (Arena arena = Arena.ofConfined()) {
      return (long) Handles.GET.invokeExact(arena.allocateFrom(name));
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /** What was executed since the last {@link #reset}, as JSON. */
  public static String statistics() {
    return text(Handles.STATISTICS);
  }

  /** What the interpreter said of the last fault, or nothing. */
  public static String lastFault() {
    return text(Handles.LAST_FAULT);
  }

  /** Begins counting anew. */
  public static void reset() {
    try {
      Handles.RESET.invokeExact();
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  private static String text(MethodHandle handle) {
    try {
      MemorySegment text = (MemorySegment) handle.invokeExact();
      return text.equals(MemorySegment.NULL) ? "" : text.reinterpret(1L << 30).getString(0);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  private static final class Handles {
    static final MethodHandle SET =
        handle("vgpu_set", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG));
    static final MethodHandle GET = handle("vgpu_get", FunctionDescriptor.of(JAVA_LONG, ADDRESS));
    static final MethodHandle STATISTICS =
        handle("vgpu_statistics", FunctionDescriptor.of(ADDRESS));
    static final MethodHandle LAST_FAULT =
        handle("vgpu_last_fault", FunctionDescriptor.of(ADDRESS));
    static final MethodHandle RESET = handle("vgpu_reset", FunctionDescriptor.ofVoid());

    private static MethodHandle handle(String name, FunctionDescriptor descriptor) {
      return Linker.nativeLinker().downcallHandle(Cuda.driver().findOrThrow(name), descriptor);
    }
  }
}
