package dev.sild.bindings.cuda;

import static dev.sild.bindings.cuda.Cubin.Operation.BAR;
import static dev.sild.bindings.cuda.Cubin.Operation.HMMA;
import static dev.sild.bindings.cuda.Cubin.Operation.LDG;
import static dev.sild.bindings.cuda.Cubin.Operation.LDGSTS;
import static dev.sild.bindings.cuda.Cubin.Operation.LDL;
import static dev.sild.bindings.cuda.Cubin.Operation.LDS;
import static dev.sild.bindings.cuda.Cubin.Operation.LDSM;
import static dev.sild.bindings.cuda.Cubin.Operation.MUFU;
import static dev.sild.bindings.cuda.Cubin.Operation.SHFL;
import static dev.sild.bindings.cuda.Cubin.Operation.STG;
import static dev.sild.bindings.cuda.Cubin.Operation.STL;
import static dev.sild.bindings.cuda.Cubin.Operation.STS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The table of machine operations, against kernels whose instructions are known. */
class CubinTest {
  @Test
  void operationsOfKnownKernelsAreCounted(@TempDir Path folder)
      throws IOException, InterruptedException {
    Build.requireKernels();
    Map<String, Cubin.Code> kernels = Cubin.parse(compiled(folder));
    Cubin.Code moves = kernels.get("moves");
    assertThat(moves.of(LDG)).isEqualTo(3);
    assertThat(moves.wide(LDG)).isEqualTo(3);
    assertThat(moves.of(STG)).isEqualTo(3);
    assertThat(moves.wide(STG)).isEqualTo(2);
    Cubin.Code specials = kernels.get("specials");
    assertThat(specials.of(MUFU)).isEqualTo(3);
    Cubin.Code exchange = kernels.get("exchange");
    assertThat(exchange.of(STS)).isEqualTo(1);
    assertThat(exchange.of(BAR)).isEqualTo(1);
    assertThat(exchange.of(LDS)).isEqualTo(1);
    assertThat(exchange.of(SHFL)).isEqualTo(2);
    Cubin.Code tensor = kernels.get("tensor");
    assertThat(tensor.of(LDGSTS)).isEqualTo(1);
    assertThat(tensor.of(LDSM)).isEqualTo(1);
    assertThat(tensor.of(HMMA)).isEqualTo(2);
    Cubin.Code local = kernels.get("local");
    assertThat(local.of(LDL)).isPositive();
    assertThat(local.of(STL)).isPositive();
    assertThat(exchange.of(LDL) + tensor.of(STL) + specials.of(HMMA)).isZero();
  }

  private static Path compiled(Path folder) throws IOException, InterruptedException {
    Path source = folder.resolve("probe.cu");
    try (InputStream in = CubinTest.class.getResourceAsStream("probe.cu")) {
      Files.copy(in, source);
    }
    Path cubin = folder.resolve("probe.cubin");
    Process nvcc =
        new ProcessBuilder(
                Build.nvcc().toString(),
                "-cubin",
                "-arch=sm_" + Build.HOPPER,
                source.toString(),
                "-o",
                cubin.toString())
            .redirectErrorStream(true)
            .start();
    String words = new String(nvcc.getInputStream().readAllBytes());
    assertThat(nvcc.waitFor()).as(words).isZero();
    return cubin;
  }
}
