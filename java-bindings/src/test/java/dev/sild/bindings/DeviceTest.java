package dev.sild.bindings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sild.bindings.cpu.CpuDevice;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceTest {

  @ParameterizedTest
  @ValueSource(strings = {"auto", "cpu"})
  void theProcessorIsAlwaysThere(String name) {
    try (Device device = Device.open(name)) {
      assertThat(device.name()).isEqualTo("cpu");
      assertThat(device.description()).contains(CpuDevice.variants().getFirst(), "threads");
      assertThat(device.freeBytes()).isPositive();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cuda:12", "cuda:9999"})
  void whoAsksForAGpuThatIsNotThereIsToldSo(String name) {
    assertThatThrownBy(() -> Device.open(name))
        .isInstanceOf(DeviceException.class)
        .hasMessageMatching(
            "no device cuda(:\\d+: this machine has \\d+|: libcuda.so.1 is missing).*");
  }

  @Test
  void theProcessorRefusesAPrecisionThatItDoesNotHave() {
    assertThatThrownBy(() -> Device.open("cpu", Precision.TF32))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("not tf32")
        .hasMessageContaining("--precision f32");
  }

  @Test
  void anInstructionSetMayBeAskedForByName() {
    for (String set : CpuDevice.variants())
      try (Device device = Device.open("cpu:" + set, Precision.BF16)) {
        assertThat(device.description()).contains(set + " kernels", "bf16");
      }
    assertThatThrownBy(() -> Device.open("cpu:mmx"))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("no instruction set mmx");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "gpu", "cuda:", "cuda:x", "cuda:12345", "CPU"})
  void whoAsksForAnythingElseIsToldTheNames(String name) {
    assertThatThrownBy(() -> Device.open(name))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("choose auto, cpu[:SET] or cuda[:N]");
  }

  @Test
  void anUnknownInstructionSetIsRefused() {
    assertThat(CpuDevice.variants()).contains("baseline").doesNotHaveDuplicates();
    assertThatThrownBy(() -> CpuDevice.open("mmx", 1))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("no instruction set mmx");
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 1025})
  void anAbsurdNumberOfThreadsIsRefused(int threads) {
    assertThatThrownBy(() -> CpuDevice.open("baseline", threads))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(threads + " threads");
  }

  @Test
  void closingIsIdempotent() {
    Device device = CpuDevice.open("baseline", 3);
    Stream stream = device.openStream();
    Buffer buffer = device.allocate(64);
    for (int i = 0; i < 3; i++) buffer.close();
    for (int i = 0; i < 3; i++) stream.close();
    for (int i = 0; i < 3; i++) device.close();
  }

  @Test
  void anAllocationIsZeroAndAligned() {
    try (Device device = CpuDevice.open("baseline", 1)) {
      for (long bytes : new long[] {0, 1, 31, 64, 100_000})
        try (Buffer buffer = device.allocate(bytes)) {
          assertThat(buffer.bytes()).isEqualTo(bytes);
          assertThat(buffer.address() % 64).isZero();
          byte[] content = new byte[Math.toIntExact(bytes)];
          buffer.copyOut(0, MemorySegment.ofArray(content));
          assertThat(content).containsOnly(new byte[Math.toIntExact(bytes)]);
        }
    }
  }

  @Test
  void moreMemoryThanThereIsIsRefused() {
    try (Device device = CpuDevice.open("baseline", 1)) {
      assertThatThrownBy(() -> device.allocate(1L << 60))
          .isInstanceOf(DeviceException.class)
          .hasMessageContaining("MiB asked for");
    }
  }

  @Test
  void aClosedBufferIsNotUsed() {
    try (Witness witness = Witness.any()) {
      Buffer buffer = witness.device().allocate(64);
      View view = buffer.view(0, DType.F32, 16);
      View sum = witness.output(DType.F64, 1);
      buffer.close();
      List<Runnable> uses =
          List.of(
              buffer::address,
              view::address,
              view::floats,
              view::clear,
              () -> witness.stream().sumOfSquares(sum, view));
      for (Runnable use : uses)
        assertThatThrownBy(use::run).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void aClosedStreamIsNotUsed() {
    try (Witness witness = Witness.any()) {
      View x = witness.output(16);
      View sum = witness.output(DType.F64, 1);
      Stream stream = witness.device().openStream();
      stream.close();
      assertThatThrownBy(() -> stream.sumOfSquares(sum, x))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void aClosedDeviceOpensNoStream() {
    Device device = CpuDevice.open("baseline", 2);
    device.close();
    assertThatThrownBy(device::openStream).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void streamsOfOneDeviceDoNotDisturbEachOther() throws Exception {
    var layer =
        LinearReference.of(
            new Draw("device"),
            100,
            64,
            300,
            Activation.SILU,
            new LinearReference.Parts(true, 1, true, true));
    for (String variant : CpuDevice.variants())
      try (Device device = CpuDevice.open(variant, 3);
          var callers = Executors.newFixedThreadPool(4)) {
        float[] expected = gradient(device, layer, 1);
        List<Callable<float[]>> calls = new ArrayList<>();
        for (int i = 0; i < 4; i++) calls.add(() -> gradient(device, layer, 50));
        for (Future<float[]> result : callers.invokeAll(calls))
          assertThat(result.get()).isEqualTo(expected);
      }
  }

  /** dw after so many forward and backward passes on a stream of its own. */
  private static float[] gradient(Device device, LinearReference layer, int times) {
    int rows = layer.rows();
    int n = layer.outputs();
    int k = layer.inputs();
    try (Witness witness = Witness.on(device)) {
      View x = witness.input(layer.x(), rows, k);
      View w = witness.input(layer.w(), n, k);
      View dy = witness.input(layer.dy(), rows, n);
      View u = witness.output(rows, n);
      View y = witness.output(rows, n);
      View dw = witness.state(new double[n * k], n, k);
      Activation phi = layer.activation();
      for (int i = 0; i < times; i++) {
        dw.clear();
        witness.stream().linearForward(y, u, x, w, Epilogue.of(null, phi));
        witness.stream().linearBackward(null, dw, null, y, dy, u, x, w, null, phi, false, true);
      }
      witness.verify();
      return dw.floats();
    }
  }
}
