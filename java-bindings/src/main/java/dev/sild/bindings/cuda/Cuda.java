package dev.sild.bindings.cuda;

import dev.sild.bindings.DeviceException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.util.Locale;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/** The driver API, begun once a process; and the one place where its statuses become exceptions. */
final class Cuda {
  private static final String DRIVER = "libcuda.so.1";
  private static boolean begun;

  private Cuda() {}

  /**
   * Loads the driver and JCuda.
   *
   * @throws DeviceException if one of them is not here; the message says which, and what to do
   */
  static synchronized void begin() {
    if (begun) return;
    requireSystem();
    driver();
    try {
      JCudaDriver.setExceptionsEnabled(false); // the status is checked here, with the op's name
      check(JCudaDriver.cuInit(0), "cuInit");
    } catch (UnsatisfiedLinkError | NoClassDefFoundError e) {
      throw new DeviceException(
          "no device cuda: JCuda cannot load its library (%s); take --device cpu"
              .formatted(firstLine(e)),
          e);
    }
    begun = true;
  }

  /** The driver's library, where the launch path looks up its functions. */
  static SymbolLookup driver() {
    try {
      return SymbolLookup.libraryLookup(DRIVER, Arena.global());
    } catch (IllegalArgumentException e) {
      throw new DeviceException(
          "no device cuda: %s is missing; it comes with NVIDIA's driver. Take --device cpu"
              .formatted(DRIVER),
          e);
    }
  }

  /** Whether the loader finds a library. */
  static boolean finds(String library) {
    try (Arena arena = Arena.ofConfined()) {
      SymbolLookup.libraryLookup(library, arena);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  static int devices() {
    begin();
    int[] count = new int[1];
    check(JCudaDriver.cuDeviceGetCount(count), "cuDeviceGetCount");
    return count[0];
  }

  /** The version of CUDA that the driver knows, 12040 for 12.4. */
  static int driverVersion() {
    int[] version = new int[1];
    check(JCudaDriver.cuDriverGetVersion(version), "cuDriverGetVersion");
    return version[0];
  }

  /** Throws what a status other than 0 means. */
  static void check(int status, String what) {
    if (status != CUresult.CUDA_SUCCESS) throw failure(status, what);
  }

  /** What a failed call is to the user: the op, the driver's word, and what to do. */
  static DeviceException failure(int status, String what) {
    String advice =
        switch (status) {
          case CUresult.CUDA_ERROR_OUT_OF_MEMORY -> ": no device memory left; take a smaller batch";
          case CUresult.CUDA_ERROR_NO_DEVICE -> ": no NVIDIA GPU here; take --device cpu";
          case CUresult.CUDA_ERROR_SYSTEM_DRIVER_MISMATCH ->
              ": the driver's library and kernel module differ; restart the machine";
          case CUresult.CUDA_ERROR_ILLEGAL_ADDRESS,
              CUresult.CUDA_ERROR_MISALIGNED_ADDRESS,
              CUresult.CUDA_ERROR_LAUNCH_FAILED,
              CUresult.CUDA_ERROR_ILLEGAL_INSTRUCTION,
              CUresult.CUDA_ERROR_ECC_UNCORRECTABLE ->
              ": the device is lost to this process; start again, --resume goes on";
          default -> "";
        };
    return new DeviceException("%s: %s%s".formatted(what, CUresult.stringFor(status), advice));
  }

  private static void requireSystem() {
    String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String arch = System.getProperty("os.arch");
    if (!os.startsWith("linux") || !arch.equals("amd64"))
      throw new DeviceException(
          "no device cuda on %s-%s: JCuda's libraries exist for linux-x86_64 only; take --device cpu"
              .formatted(os, arch));
  }

  private static String firstLine(Throwable e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("no message");
  }
}
