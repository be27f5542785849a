package dev.sild.bindings.cuda;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** What the build left of the CUDA kernels, beside what it ships. */
final class Build {
  static final List<Integer> ARCHITECTURES = List.of(80, 86, 89, 90, 100, 120);

  /** That of the H100, for which the kernels are written. */
  static final int HOPPER = 90;

  private static final Path CMAKE = Path.of("../native-build/target/cmake");
  private static final Path KERNELS = Path.of("../kernels/cuda");

  private Build() {}

  /** Ends a test where the kernels were not compiled. */
  static void requireKernels() {
    Assumptions.assumeTrue(Images.present(), "no nvcc built this jar: no CUDA kernels to look at");
  }

  /** The ops that have CUDA kernels, by name. */
  static List<String> ops() {
    try (var files = Files.list(KERNELS)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".cu"))
          .map(name -> name.substring(0, name.length() - ".cu".length()))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Path cubin(String op, int architecture) {
    return CMAKE.resolve("cuda/%s.sm_%d.cubin".formatted(op, architecture));
  }

  static String ptx(String op) {
    return read(CMAKE.resolve("cuda/%s.ptx".formatted(op)));
  }

  /** What ptxas said when it made the cubin. */
  static String ptxas(String op, int architecture) {
    return read(CMAKE.resolve("cuda/%s.sm_%d.txt".formatted(op, architecture)));
  }

  /** The compiler that CMake found. */
  static Path nvcc() {
    return read(CMAKE.resolve("CMakeCache.txt"))
        .lines()
        .filter(line -> line.startsWith("NVCC:"))
        .map(line -> Path.of(line.substring(line.indexOf('=') + 1)))
        .findFirst()
        .orElseThrow();
  }

  /** The compiler's version as it signs its PTX: counts are comparable within one version only. */
  static String compiler() {
    String signature = "Cuda compilation tools, release ";
    return ptx(ops().getFirst())
        .lines()
        .filter(line -> line.contains(signature))
        .map(line -> "nvcc " + line.substring(line.lastIndexOf('V') + 1))
        .findFirst()
        .orElseThrow();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
