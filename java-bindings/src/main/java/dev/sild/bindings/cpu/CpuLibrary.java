package dev.sild.bindings.cpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.sild.bindings.DeviceException;
import dev.sild.bindings.Precision;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** libsild_cpu, loaded once a process: what does not depend on the instruction set. */
final class CpuLibrary {
  private static final SymbolLookup SYMBOLS = load();

  private static final MethodHandle variant$mh =
      handle("sild_cpu_variant", FunctionDescriptor.of(ADDRESS, JAVA_INT));
  private static final MethodHandle memoryAllocate$mh =
      handle("sild_memory_allocate", of(ADDRESS, JAVA_LONG));
  private static final MethodHandle memoryFree$mh =
      handle("sild_memory_free", FunctionDescriptor.ofVoid(ADDRESS));
  private static final MethodHandle teamCreate$mh =
      handle("sild_team_create", of(ADDRESS, JAVA_INT));
  private static final MethodHandle teamDestroy$mh =
      handle("sild_team_destroy", FunctionDescriptor.ofVoid(JAVA_LONG));
  private static final MethodHandle streamCreate$mh =
      handle("sild_stream_create", of(ADDRESS, JAVA_LONG, JAVA_INT));
  private static final MethodHandle streamBytes$mh =
      handle("sild_stream_bytes", FunctionDescriptor.of(JAVA_LONG, JAVA_INT));
  private static final MethodHandle streamDestroy$mh =
      handle("sild_stream_destroy", FunctionDescriptor.ofVoid(JAVA_LONG));

  private CpuLibrary() {}

  static MethodHandle handle(String symbol, FunctionDescriptor descriptor) {
    MemorySegment address =
        SYMBOLS
            .find(symbol)
            .orElseThrow(
                () -> new DeviceException(symbol + " is missing: library and jar do not match"));
    return Linker.nativeLinker().downcallHandle(address, descriptor);
  }

  static boolean has(String symbol) {
    return SYMBOLS.find(symbol).isPresent();
  }

  /** A function that returns a status. */
  static FunctionDescriptor of(MemoryLayout... arguments) {
    return FunctionDescriptor.of(JAVA_INT, arguments);
  }

  /** Instruction sets that this machine can run, the fastest first. */
  static List<String> variants() {
    List<String> names = new ArrayList<>();
    try {
      for (int i = 0; ; i++) {
        MemorySegment name = (MemorySegment) variant$mh.invokeExact(i);
        if (name.equals(MemorySegment.NULL)) return names;
        names.add(name.reinterpret(16).getString(0));
      }
    } catch (Throwable t) {
      throw new AssertionError(t); // a binding bug, nothing else
    }
  }

  static long createTeam(int threads) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment team = arena.allocate(JAVA_LONG);
      int status;
      try {
        status = (int) teamCreate$mh.invokeExact(team, threads);
      } catch (Throwable t) {
        throw new AssertionError(t);
      }
      Status.check(status, "team_create with " + threads + " threads");
      return team.get(JAVA_LONG, 0);
    }
  }

  static void destroyTeam(long team) {
    try {
      teamDestroy$mh.invokeExact(team);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /**
   * Memory set to zero at a multiple of 64, until the arena that it belongs to is closed.
   *
   * @throws DeviceException if there is not so much
   */
  static MemorySegment allocate(Arena owner, long bytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(ADDRESS, 2); // block and data
      int status;
      try {
        status = (int) memoryAllocate$mh.invokeExact(memory, bytes);
      } catch (Throwable t) {
        throw new AssertionError(t);
      }
      Status.check(status, "%d MiB asked for".formatted(bytes >> 20));
      MemorySegment block = memory.getAtIndex(ADDRESS, 0);
      return memory.getAtIndex(ADDRESS, 1).reinterpret(bytes, owner, _ -> free(block));
    }
  }

  private static void free(MemorySegment block) {
    try {
      memoryFree$mh.invokeExact(block);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /** Bytes of scratch memory of a stream on so many threads. */
  static long streamBytes(int threads) {
    try {
      return (long) streamBytes$mh.invokeExact(threads);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  static long createStream(long team, Precision precision) {
    int form = // sild_precision
        switch (precision) {
          case F32 -> 0;
          case F32_STRICT -> 1;
          case BF16 -> 2;
          case TF32 -> throw new IllegalArgumentException("no tf32 on a processor");
        };
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment stream = arena.allocate(JAVA_LONG);
      int status;
      try {
        status = (int) streamCreate$mh.invokeExact(stream, team, form);
      } catch (Throwable t) {
        throw new AssertionError(t);
      }
      Status.check(status, "stream_create");
      return stream.get(JAVA_LONG, 0);
    }
  }

  static void destroyStream(long stream) {
    try {
      streamDestroy$mh.invokeExact(stream);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /** The library for this system out of the jar, or one line that says what is missing. */
  private static SymbolLookup load() {
    String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String os = system.startsWith("mac") ? "macos" : system.startsWith("win") ? "windows" : "linux";
    String cpu = System.getProperty("os.arch");
    String arch = cpu.equals("amd64") ? "x86_64" : cpu.equals("arm64") ? "aarch64" : cpu;
    String file = System.mapLibraryName("sild_cpu");
    String resource = "/dev/sild/bindings/native/%s-%s/%s".formatted(os, arch, file);
    try (InputStream in = CpuLibrary.class.getResourceAsStream(resource)) {
      if (in == null)
        throw new DeviceException(
            "no kernels for %s-%s in this jar: build it on such a machine (mvn package)"
                .formatted(os, arch));
      Path folder = Files.createTempDirectory("sild");
      Path library = folder.resolve(file);
      try {
        Files.copy(in, library, StandardCopyOption.REPLACE_EXISTING);
        System.load(library.toString());
      } finally {
        if (!os.equals("windows")) { // a loaded library keeps its pages without its name
          Files.deleteIfExists(library);
          Files.deleteIfExists(folder);
        }
      }
      return SymbolLookup.loaderLookup();
    } catch (IOException e) {
      throw new DeviceException(
          "cannot unpack %s to %s: %s"
              .formatted(file, System.getProperty("java.io.tmpdir"), e.getMessage()),
          e);
    } catch (UnsatisfiedLinkError e) {
      throw new DeviceException("cannot load %s: %s".formatted(file, e.getMessage()), e);
    }
  }
}
