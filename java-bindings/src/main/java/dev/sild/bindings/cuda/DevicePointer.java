package dev.sild.bindings.cuda;

import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;

/** A device address as JCuda wants it: a null pointer and an offset. */
final class DevicePointer extends CUdeviceptr {
  DevicePointer() {}

  DevicePointer(long address) {
    super(new CUdeviceptr(), address);
  }

  long address() {
    return getNativePointer() + getByteOffset();
  }

  /** Host memory at an address, as JCuda wants it. */
  static final class Host extends Pointer {
    Host() {}

    Host(long address) {
      super(address);
    }

    long address() {
      return getNativePointer();
    }
  }
}
