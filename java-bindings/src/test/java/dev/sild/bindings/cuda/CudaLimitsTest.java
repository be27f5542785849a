package dev.sild.bindings.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sild.bindings.Device;
import dev.sild.bindings.Limits;
import dev.sild.bindings.Precision;
import org.junit.jupiter.api.Test;

class CudaLimitsTest {
  private static final long CAPACITY = 64 << 20; // of the stand-in: what is copied is a part of it

  @Test
  void aGpuSaysHowFastItCopies() {
    assumeTrue(VirtualGpu.orReal(), "no GPU and no stand-in");
    VirtualGpu.release();
    long before = 0;
    try (Device device = VirtualGpu.open(Precision.F32)) {
      if (VirtualGpu.present()) {
        before = device.freeBytes();
        VirtualGpu.set("capacity", CAPACITY);
      }
      long free = device.freeBytes();
      Limits limits = device.limits();
      assertThat(limits.bytesPerSecond()).isFinite().isPositive();
      assertThat(limits.flops()).isNaN();
      assertThat(device.freeBytes()).isEqualTo(free);
    } finally {
      if (before > 0) VirtualGpu.set("capacity", before);
    }
  }
}
