package dev.sild.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sild.data.Safetensors;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A disk that takes no more, played by the system's limit on the size of a file. */
@EnabledOnOs({OS.LINUX, OS.MAC})
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class DiskFullTest {
  private static final int BLOCK = 512;

  /** Wide enough that a checkpoint is larger than the unpacked library of kernels. */
  private static final String[] TRAIN = {
    "--checkpoint-every", "0", "--set", "autoencoder.width=256", "--set", "collapse.steps=400",
  };

  @TempDir Path scratch;

  private static Map<String, byte[]> checkpoints(Path run) throws IOException {
    Map<String, byte[]> all = new TreeMap<>();
    try (var files = Files.list(run.resolve("checkpoint"))) {
      for (Path file : files.toList())
        all.put(file.getFileName().toString(), Files.readAllBytes(file));
    }
    return all;
  }

  /** Names alone: files come and go while the run lives, so none may be opened. */
  private static long wholeCheckpoints(Path run) throws IOException {
    if (!Files.isDirectory(run.resolve("checkpoint"))) return 0;
    try (var files = Files.list(run.resolve("checkpoint"))) {
      return files.filter(file -> file.toString().endsWith(".safetensors")).count();
    }
  }

  @Test
  void aFullDiskIsOneLineAndLeavesTheLastCheckpoint() throws Exception {
    Path run = scratch.resolve("run");
    String[] train = Tiny.train("manifold", join(TRAIN, "--out", run.toString()));
    String[] resume = {
      "train", "manifold", "--resume", "--checkpoint-every", "0", "--out", run.toString()
    };
    Outcome.Running first = Outcome.start(scratch, train);
    while (wholeCheckpoints(run) < 2) {
      if (!first.process().isAlive()) throw new AssertionError(first.end().err());
      Thread.sleep(1);
    }
    first.process().destroyForcibly();
    first.end();
    checkpoints(run).keySet().stream()
        .filter(name -> !name.endsWith(".safetensors")) // what the kill cut short
        .forEach(name -> run.resolve("checkpoint").resolve(name).toFile().delete());

    Map<String, byte[]> before = checkpoints(run);
    long size = before.values().stream().mapToLong(file -> file.length).max().orElseThrow();
    Outcome full = Outcome.start(scratch, size / BLOCK - 1, resume).end();
    assertThat(full.err().lines()).as(full.err()).hasSize(1);
    assertThat(full.err()).startsWith("sild: cannot read or write: ").contains("checkpoint");
    assertThat(full.code()).isEqualTo(Main.FAILURE);
    assertThat(checkpoints(run).keySet()).isEqualTo(before.keySet());
    for (Map.Entry<String, byte[]> file : checkpoints(run).entrySet()) {
      assertThat(file.getValue()).isEqualTo(before.get(file.getKey()));
      Path path = run.resolve("checkpoint").resolve(file.getKey());
      try (Arena arena = Arena.ofConfined()) {
        assertThat(Safetensors.read(path, arena).tensors()).isNotEmpty();
      }
    }

    Outcome last = Outcome.good(resume);
    assertThat(last.out()).doesNotContain("warning", "collapse: 400 steps");
    assertThat(run.resolve("model.safetensors")).exists();
    assertThat(run.resolve("report.html")).exists();
  }

  @Test
  void aDiskThatIsFullFromTheStartIsOneLine() throws Exception {
    Path run = scratch.resolve("run");
    long library = 6144; // blocks: room for the library of kernels, not for a checkpoint
    String[] wide = {"--set", "autoencoder.width=512", "--out", run.toString()};
    Outcome full = Outcome.start(scratch, library, Tiny.train("manifold", join(TRAIN, wide))).end();
    assertThat(full.err().lines()).as(full.err()).hasSize(1);
    assertThat(full.err()).startsWith("sild: ");
    assertThat(full.code()).isEqualTo(Main.FAILURE);
    assertThat(checkpoints(run)).isEmpty();
    assertThat(run.resolve("model.safetensors")).doesNotExist();
  }

  private static String[] join(String[] first, String... more) {
    String[] all = java.util.Arrays.copyOf(first, first.length + more.length);
    System.arraycopy(more, 0, all, first.length, more.length);
    return all;
  }
}
