package dev.sild.bindings.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Ranges named after the ops, on the time line of NVIDIA's profilers. A profiler is there from the
 * start of the process or not at all: without one, {@code LISTENING} is a constant and nothing is
 * left of a range in compiled code.
 */
final class Ranges {
  private static final boolean LISTENING = listening();

  private Ranges() {}

  /** What {@link #push} takes for an op; to be asked for once. */
  static long name(String op) {
    if (!LISTENING) return 0;
    try (Arena arena = Arena.ofConfined()) {
      return (long) Library.NAME.invokeExact(arena.allocateFrom(op));
    } catch (Throwable t) {
      throw new AssertionError(t); // a binding bug, nothing else
    }
  }

  /** Begins a range on this thread. */
  static void push(long name) {
    if (!LISTENING) return;
    try {
      Library.PUSH.invokeExact(name);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /** Ends the range begun last. */
  static void pop() {
    if (!LISTENING) return;
    try {
      Library.POP.invokeExact();
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /** Whether a profiler is there. Names are a help: a jar or system without them is fine. */
  private static boolean listening() {
    try (InputStream in = Images.profilerNames()) {
      if (in == null) return false;
      Path library = Files.createTempFile("sild", ".so");
      try {
        Files.copy(in, library, StandardCopyOption.REPLACE_EXISTING);
        System.load(library.toString());
      } finally {
        Files.delete(library); // a loaded library keeps its pages without its name
      }
      return (int) Library.BEGIN.invokeExact() != 0;
    } catch (IOException | UnsatisfiedLinkError e) {
      return false;
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /** libsild_nvtx, once it is loaded. */
  private static final class Library {
    static final MethodHandle BEGIN = handle("begin", FunctionDescriptor.of(JAVA_INT));
    static final MethodHandle NAME = handle("name", FunctionDescriptor.of(JAVA_LONG, ADDRESS));
    static final MethodHandle PUSH = handle("push", FunctionDescriptor.ofVoid(JAVA_LONG));
    static final MethodHandle POP = handle("pop", FunctionDescriptor.ofVoid());

    private static MethodHandle handle(String function, FunctionDescriptor descriptor) {
      return Linker.nativeLinker()
          .downcallHandle(
              SymbolLookup.loaderLookup().findOrThrow("sild_nvtx_" + function), descriptor);
    }
  }
}
