package dev.sild.bindings.cpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/**
 * AMX on a processor without (native-build/virtual-amx): from then on {@link CpuDevice#variants}
 * ends with it, and the kernels' machine code runs as it is.
 */
public final class VirtualAmx {
  private static final int RTLD_NOW = 2;
  private static final int RTLD_GLOBAL = 0x100;

  private VirtualAmx() {}

  /** Brings it in where it was built; a processor that has AMX keeps its own. */
  public static void load() {
    if (CpuDevice.variants().contains("amx")) return;
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle dlopen = function("dlopen", FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT));
      MemorySegment name = arena.allocateFrom("libvirtual_amx.so");
      MemorySegment library =
          (MemorySegment)
              dlopen.invokeExact(name, RTLD_NOW | RTLD_GLOBAL); // libsild_cpu asks for it
      if (library.equals(MemorySegment.NULL)) return; // not such a system
      int status =
          (int) loaded("virtual_amx_install", FunctionDescriptor.of(JAVA_INT)).invokeExact();
      if (status != 1) throw new AssertionError("virtual_amx_install");
    } catch (RuntimeException e) {
      throw e;
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /** How many tile products it has done for this process. */
  public static long products() {
    try {
      return (long) loaded("virtual_amx_products", FunctionDescriptor.of(JAVA_LONG)).invokeExact();
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  private static MethodHandle loaded(String symbol, FunctionDescriptor descriptor) {
    SymbolLookup library = SymbolLookup.libraryLookup("libvirtual_amx.so", Arena.global());
    return Linker.nativeLinker().downcallHandle(library.findOrThrow(symbol), descriptor);
  }

  private static MethodHandle function(String symbol, FunctionDescriptor descriptor) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(symbol), descriptor);
  }
}
