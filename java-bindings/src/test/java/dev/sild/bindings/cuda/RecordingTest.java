package dev.sild.bindings.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sild.bindings.Buffer;
import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.Precision;
import dev.sild.bindings.Recording;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** What one thread records, another does not disturb. */
@EnabledIf("dev.sild.bindings.cuda.VirtualGpu#orReal")
class RecordingTest {

  /** The first run issues the work, the second records it, the third replays it. */
  @Test
  void anotherThreadAllocatesAndCopiesMeanwhile() throws Exception {
    try (Device device = VirtualGpu.open(Precision.F32_STRICT);
        Stream stream = device.openStream();
        Buffer memory = device.allocate(4)) {
      View x = memory.view(0, DType.F32, 1);
      List<CompletableFuture<float[]>> others = new ArrayList<>();
      Runnable work =
          () -> {
            stream.fill(x, 1);
            others.add(CompletableFuture.supplyAsync(() -> zeros(device)));
            waitAWhile(others.getLast());
            stream.fill(x, 2);
          };
      try (Recording recording = stream.record(work)) {
        for (int i = 0; i < 3; i++) recording.run();
        assertThat(x.floats()).containsExactly(2);
      }
      assertThat(others).hasSize(2);
      for (var other : others) assertThat(other.get()).containsOnly(0);
    }
  }

  private static float[] zeros(Device device) {
    try (Buffer buffer = device.allocate(64)) {
      return buffer.view(0, DType.F32, 16).floats();
    }
  }

  /** Until the other thread is done, or for as long as it would have needed. */
  private static void waitAWhile(CompletableFuture<?> other) {
    try {
      other.get(100, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      // it waits for the end of the recording, as it should
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }
}
