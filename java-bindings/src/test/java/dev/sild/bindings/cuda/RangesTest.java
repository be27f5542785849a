package dev.sild.bindings.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sild.bindings.Convolution;
import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.Precision;
import dev.sild.bindings.Resampling;
import dev.sild.bindings.View;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** What a profiler hears. In processes of their own: a profiler is there from the start. */
@EnabledIf("dev.sild.bindings.cuda.VirtualGpu#present")
class RangesTest {
  @Test
  void everyLaunchStandsInARangeNamedAfterItsOp(@TempDir Path folder)
      throws IOException, InterruptedException {
    Path recorder = VirtualGpu.folder().resolve("libnvtx_recorder.so");
    Path record = folder.resolve("ranges");
    ProcessBuilder ops = ops();
    ops.environment().put("NVTX_INJECTION64_PATH", recorder.toAbsolutePath().toString());
    ops.environment().put("NVTX_RECORD", record.toString());
    run(ops);
    assertThat(Files.readAllLines(record))
        .containsExactly(
            "push SiLD resample", "pop SiLD",
            "push SiLD reductions", "pop SiLD",
            "push SiLD reductions", "pop SiLD",
            "push SiLD conv2d", "pop SiLD",
            "push SiLD linear", "pop SiLD");
  }

  @Test
  void withoutAProfilerNobodyIsToldAnything() throws IOException, InterruptedException {
    ProcessBuilder ops = ops();
    ops.environment().remove("NVTX_INJECTION64_PATH");
    run(ops);
  }

  private static ProcessBuilder ops() {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            Ops.class.getName())
        .redirectErrorStream(true);
  }

  private static void run(ProcessBuilder ops) throws IOException, InterruptedException {
    Process process = ops.start();
    String words = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).as(words).isZero();
    assertThat(words).isEmpty();
  }

  /** A kernel of its own, an op of two kernels, a library's op, and one that a library may do. */
  static final class Ops {
    public static void main(String[] arguments) {
      try (Device device = VirtualGpu.open(Precision.F32);
          var stream = device.openStream();
          var buffer = device.allocate(256)) {
        View one = buffer.view(0, DType.F32, 1, 1);
        View pixel = buffer.view(0, DType.F32, 1, 1, 1, 1);
        View image = buffer.view(64, DType.F32, 1, 2, 2);
        stream.resample(one, image, 2, 2, Resampling.DOWN, 1, false);
        stream.sumOfSquares(buffer.view(128, DType.F64, 1), image);
        stream.conv2dForward(pixel, pixel, pixel, null, null, new Convolution(1, 0));
        stream.matmul(one, buffer.view(64, DType.F32, 1, 1), false, one, false, false);
        stream.synchronize();
      }
    }
  }
}
