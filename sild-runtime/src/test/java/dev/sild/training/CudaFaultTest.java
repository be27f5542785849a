package dev.sild.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sild.Progress;
import dev.sild.bindings.Device;
import dev.sild.bindings.DeviceException;
import dev.sild.bindings.Precision;
import dev.sild.bindings.cpu.CpuDevice;
import dev.sild.bindings.cuda.VirtualGpu;
import dev.sild.data.DataSet;
import dev.sild.sild.ConfigFile;
import dev.sild.sild.RunConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a driver may do to a run that goes on from a checkpoint: each call from opening the device
 * to the next checkpoint fails once. The run must end in one line that says what failed, leave
 * nothing allocated, and leave the checkpoint as it was.
 */
class CudaFaultTest {
  private static final int SEED = Integer.getInteger("sild.seed", 20261126);

  /** A seeded share of the calls; {@code -Dsild.faults=all} takes every one. */
  private static final boolean ALL = "all".equals(System.getProperty("sild.faults"));

  private static final int BEFORE = Trainer.INTERVAL;
  private static final int STEPS =
      BEFORE + 3; // one direct, one captured and launched, one replayed

  @TempDir Path scratch;

  @BeforeEach
  void onlyTheStandInFailsOnDemand() {
    assumeTrue(VirtualGpu.present(), "no stand-in for a GPU: built without nvcc");
    VirtualGpu.release(); // another test's device would live on in a context that is lost
    System.out.println("seed " + SEED);
  }

  @Test
  void everyFailedCallIsNamedAndCostsNothing() throws IOException {
    Path begun = begun();
    VirtualGpu.reset();
    resume(copy(begun, "whole"));
    long calls = VirtualGpu.get("calls");
    assertThat(VirtualGpu.get("live_allocations")).isZero();
    long[] chosen = chosen(calls, 20);
    int named = 0;
    for (long call : chosen) if (fails(begun, "fail_call", call)) named++;
    System.out.printf(
        "%d of %d driver calls made to fail: %d ended the run, %d were calls that give back%n",
        chosen.length, calls, named, chosen.length - named);
    assertThat(named).isGreaterThan(chosen.length * 8 / 10);
  }

  @Test
  void memoryThatIsNotThereIsNamed() throws IOException {
    Path begun = begun();
    VirtualGpu.reset();
    resume(copy(begun, "whole"));
    long allocations = VirtualGpu.get("allocations");
    for (long n : chosen(allocations, 4))
      assertThat(fails(begun, "fail_allocation", n)).as("allocation %d", n).isTrue();
  }

  @Test
  void aKernelThatFailsEndsTheRun() throws IOException {
    assertThat(fails(begun(), "fail_launch", 5)).isTrue();
  }

  /** It is lost after the last step, before the stage's end is saved. */
  @Test
  void aLostDeviceCostsNoCheckpoint() throws IOException {
    Path run = begun();
    Map<String, byte[]> before = files(run.resolve("checkpoint"));
    BooleanSupplier lose =
        () -> {
          VirtualGpu.set("lose_device", 1);
          return false;
        };
    try {
      assertThatThrownBy(() -> resume(run, lose))
          .isInstanceOf(DeviceException.class)
          .hasMessageContaining("CUDA_ERROR_ECC_UNCORRECTABLE")
          .hasMessageContaining("--resume goes on");
      assertThat(files(run.resolve("checkpoint")))
          .usingRecursiveComparison()
          .isEqualTo(before); // byte for byte
    } finally {
      VirtualGpu.set("lose_device", 0);
    }
    assertThat(VirtualGpu.get("live_allocations")).isZero();
  }

  /** One of {@code share} numbers 1 … n by the seed, or all. */
  private static long[] chosen(long n, int share) {
    Random random = new Random(SEED);
    return LongStream.rangeClosed(1, n).filter(_ -> ALL || random.nextInt(share) == 0).toArray();
  }

  /** Whether the run ended in an exception; in any case nothing is left, and nothing is lost. */
  private boolean fails(Path begun, String fault, long at) throws IOException {
    Path run = copy(begun, fault + at);
    Map<String, byte[]> before = files(run.resolve("checkpoint"));
    VirtualGpu.reset();
    VirtualGpu.set(fault, at);
    try {
      resume(run);
      return false;
    } catch (DeviceException e) {
      assertThat(e.getMessage()).as("%s %d", fault, at).matches("[^\n]+: CUDA_ERROR_[^\n]+");
      assertThat(files(run.resolve("checkpoint")).keySet()).containsAll(before.keySet());
      for (var file : before.entrySet())
        assertThat(Files.readAllBytes(run.resolve("checkpoint").resolve(file.getKey())))
            .isEqualTo(file.getValue());
      return true;
    } finally {
      VirtualGpu.set(fault, 0);
      assertThat(VirtualGpu.get("live_allocations")).as("%s %d", fault, at).isZero();
    }
  }

  /** A run on the processor that was stopped after its first interval. */
  private Path begun() throws IOException {
    Path root = scratch.resolve("begun");
    RunDirectory run = RunDirectory.create(root);
    run.begin(config(), null);
    try (Device cpu = CpuDevice.open()) {
      training(cpu, run, () -> true).train();
    } catch (CancellationException e) {
      return root;
    }
    throw new AssertionError("the run was not stopped");
  }

  /** Goes on to the end: the stage's end leaves a checkpoint. */
  private static void resume(Path root) throws IOException {
    resume(root, () -> false);
  }

  /**
   * @param cancelled asked at the end of every interval
   */
  private static void resume(Path root, BooleanSupplier cancelled) throws IOException {
    try (Device gpu = VirtualGpu.open(Precision.F32)) {
      training(gpu, RunDirectory.open(root), cancelled).train();
    }
  }

  private static Training training(Device device, RunDirectory run, BooleanSupplier cancelled)
      throws IOException {
    RunConfig config = config();
    DataSet data = config.data().load(null, SEED);
    return new Training(config, SEED, data, device, run, Progress.SILENT, cancelled);
  }

  private static RunConfig config() {
    return ConfigFile.of(
        "manifold",
        Map.of(
            "autoencoder.width", "16",
            "collapse.steps", "" + STEPS,
            "collapse.batch", "256",
            "denoiser.width", "16",
            "denoiser.blocks", "1",
            "denoiser.embedding", "8",
            "refine.steps", "1",
            "refine.batch", "256")); // the clean passes before a stage take batches of this size
  }

  private Path copy(Path from, String name) throws IOException {
    Path to = scratch.resolve(name);
    try (var files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) Files.createDirectories(target);
        else Files.copy(file, target);
      }
    }
    return to;
  }

  private static Map<String, byte[]> files(Path folder) throws IOException {
    Map<String, byte[]> all = new TreeMap<>();
    try (var files = Files.list(folder)) {
      for (Path file : files.toList())
        all.put(file.getFileName().toString(), Files.readAllBytes(file));
    }
    return all;
  }
}
