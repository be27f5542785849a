package dev.sild.bindings.cuda;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A program on a machine with the driver's library and no other of NVIDIA's, in a process of its
 * own: a library once loaded stays.
 */
public final class DriverAlone {
  private DriverAlone() {}

  /** What it prints. */
  public static List<String> run(Class<?> main, Path folder)
      throws IOException, InterruptedException {
    Path driver = VirtualGpu.folder().resolve("libcuda.so.1");
    Files.copy(driver, folder.resolve("libcuda.so.1"));
    ProcessBuilder java =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName())
            .redirectErrorStream(true);
    java.environment().put("LD_LIBRARY_PATH", folder.toString());
    Process process = java.start();
    List<String> lines = new String(process.getInputStream().readAllBytes()).lines().toList();
    if (process.waitFor() != 0) throw new AssertionError(String.join("\n", lines));
    return lines;
  }
}
