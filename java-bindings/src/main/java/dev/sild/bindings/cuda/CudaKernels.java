package dev.sild.bindings.cuda;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/** The kernels of one context: an op's module is loaded when the op is first asked for. */
final class CudaKernels implements AutoCloseable {
  /** Dynamic shared memory beyond this has to be asked for. */
  private static final int FREE_SHARED = 48 << 10;

  private final CudaContext context;
  private final Function<String, byte[]> cubins;
  private final Function<String, byte[]> ptx;
  private final Map<String, CUmodule> modules = new HashMap<>();
  private final Set<String> translated = new HashSet<>();
  private final Map<String, Kernel> kernels = new HashMap<>();

  /** A kernel of the device. */
  static final class Kernel extends CUfunction {
    private final String op;
    private final long range;
    private int shared = FREE_SHARED;

    private Kernel(String op) {
      this.op = op;
      range = Ranges.name(op);
    }

    String op() {
      return op;
    }

    /** The op's name on a profiler's time line. */
    long range() {
      return range;
    }

    long address() {
      return getNativePointer();
    }

    /** Allows that much dynamic shared memory. */
    synchronized void allow(int bytes) {
      if (bytes <= shared) return;
      Cuda.check(
          JCudaDriver.cuFuncSetAttribute(
              this, CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, bytes),
          "%s: %d KiB of shared memory".formatted(op, bytes >> 10));
      shared = bytes;
    }
  }

  /**
   * @param cubins the fat binary of an op, or null where only PTX will do
   * @param ptx the PTX of an op
   */
  CudaKernels(CudaContext context, Function<String, byte[]> cubins, Function<String, byte[]> ptx) {
    this.context = context;
    this.cubins = cubins;
    this.ptx = ptx;
  }

  /** The kernel of that name out of the op's module. */
  synchronized Kernel get(String op, String name) {
    Kernel known = kernels.get(name);
    if (known != null) return known;
    CUmodule module = module(op);
    Kernel kernel = new Kernel(op);
    Cuda.check(JCudaDriver.cuModuleGetFunction(kernel, module, name), op + ": kernel " + name);
    kernels.put(name, kernel);
    return kernel;
  }

  /** Whether the driver refused the op's cubins and translates its PTX. */
  synchronized boolean translated(String op) {
    module(op);
    return translated.contains(op);
  }

  private CUmodule module(String op) {
    context.makeCurrent();
    CUmodule module = modules.get(op);
    if (module == null) modules.put(op, module = load(op));
    return module;
  }

  /** The cubins if the driver takes them, else the PTX, which it translates. */
  private CUmodule load(String op) {
    CUmodule module = new CUmodule();
    if (cubins != null) {
      int status = JCudaDriver.cuModuleLoadData(module, cubins.apply(op));
      if (status == CUresult.CUDA_SUCCESS) return module;
      if (status != CUresult.CUDA_ERROR_NO_BINARY_FOR_GPU
          && status != CUresult.CUDA_ERROR_INVALID_IMAGE
          && status != CUresult.CUDA_ERROR_UNSUPPORTED_PTX_VERSION)
        throw Cuda.failure(status, op + ": loading its kernels");
    }
    int status = JCudaDriver.cuModuleLoadData(module, ptx.apply(op));
    if (status == CUresult.CUDA_ERROR_UNSUPPORTED_PTX_VERSION
        || status == CUresult.CUDA_ERROR_NO_BINARY_FOR_GPU
        || status == CUresult.CUDA_ERROR_INVALID_PTX)
      throw Cuda.failure(
          status,
          op + ": the kernels need compute capability 8.0 and a driver for CUDA 11.1 or newer");
    Cuda.check(status, op + ": loading its kernels");
    translated.add(op);
    return module;
  }

  @Override
  public synchronized void close() {
    if (!context.closed()) {
      context.makeCurrent();
      for (CUmodule module : modules.values()) JCudaDriver.cuModuleUnload(module);
    }
    modules.clear();
    kernels.clear();
  }
}
