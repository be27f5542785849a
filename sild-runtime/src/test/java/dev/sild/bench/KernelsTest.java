package dev.sild.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sild.bindings.Device;
import java.util.List;
import org.junit.jupiter.api.Test;

class KernelsTest {

  @Test
  void everyKernelRunsAndHasAnHonestName() {
    try (Device device = Device.open("cpu")) {
      List<Kernel> kernels = KernelBenchmark.kernels(device);
      assertThat(kernels.stream().map(Kernel::name)).doesNotHaveDuplicates();
      for (Kernel kernel : kernels) {
        assertThat(kernel.work().bytes()).as(kernel.name()).isPositive();
        assertThat(kernel.work().flops() > 0)
            .as(kernel.name())
            .isEqualTo(kernel.work().bound() == Work.Bound.PRODUCTS);
        try (Desk desk = new Desk(device)) {
          Runnable op = kernel.setup().on(desk);
          op.run();
          op.run();
        }
      }
    }
  }
}
