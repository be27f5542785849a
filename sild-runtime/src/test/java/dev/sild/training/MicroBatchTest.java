package dev.sild.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sild.Progress;
import dev.sild.bindings.Device;
import dev.sild.bindings.cpu.CpuDevice;
import dev.sild.data.DataSet;
import dev.sild.sild.ConfigFile;
import dev.sild.sild.ModelFile;
import dev.sild.sild.RunConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A batch in parts is the same batch: the same samples, noise and mean gradient. */
class MicroBatchTest {
  private static final int SEED = 20261126;
  private static final double F32 = 0x1p-24;

  @TempDir Path scratch;

  private static RunConfig config(int rows) {
    return ConfigFile.of(
        "manifold",
        Map.ofEntries(
            Map.entry("autoencoder.width", "32"),
            Map.entry("collapse.steps", "100"),
            Map.entry("collapse.batch", "32"),
            Map.entry("collapse.micro_batch", "" + rows),
            Map.entry("collapse.warmup", "10"),
            Map.entry("denoiser.width", "32"),
            Map.entry("denoiser.blocks", "1"),
            Map.entry("denoiser.embedding", "8"),
            Map.entry("refine.steps", "100"),
            Map.entry("refine.batch", "32"),
            Map.entry("refine.micro_batch", "" + rows),
            Map.entry("refine.warmup", "10")));
  }

  private List<Interval> curve(int rows) throws IOException {
    return curve(rows, Device.open("cpu"), "rows-" + rows);
  }

  private List<Interval> curve(int rows, Device opened, String name) throws IOException {
    RunDirectory run = RunDirectory.create(scratch.resolve(name));
    RunConfig config = config(rows);
    run.begin(config, null);
    DataSet data = config.data().load(null, SEED);
    try (Device device = opened) {
      new Training(config, SEED, data, device, run, Progress.SILENT, () -> false).train();
    }
    return run.intervals();
  }

  /** Only the order of the sums differs: twice as much as two instruction sets' may, no more. */
  @Test
  void theLossCurveIsTheWholeBatchs() throws IOException {
    List<Interval> whole = curve(0);
    double drift = difference(whole, curve(0, CpuDevice.open("baseline", 2), "baseline"));
    for (int rows : new int[] {4, 16}) {
      List<Interval> parts = curve(rows);
      double error = difference(whole, parts);
      System.out.printf("%d rows: %.2g, baseline %.2g%n", rows, error, drift);
      assertThat(error).isLessThanOrEqualTo(2 * drift + 100 * F32);
      for (int i = 0; i < whole.size(); i++)
        assertThat(count(parts.get(i))).isEqualTo(count(whole.get(i)));
    }
  }

  /** The largest relative difference of a loss or a gradient norm. */
  private static double difference(List<Interval> a, List<Interval> b) {
    assertThat(b).hasSameSizeAs(a).isNotEmpty();
    double worst = 0;
    for (int i = 0; i < a.size(); i++) {
      double loss = Math.abs(b.get(i).loss() / a.get(i).loss() - 1);
      double norm = Math.abs(b.get(i).gradientNorm() / a.get(i).gradientNorm() - 1);
      assertThat(loss + norm).isNotNaN();
      worst = Math.max(worst, Math.max(loss, norm));
    }
    return worst;
  }

  private static long count(Interval interval) {
    return interval.bins().stream().mapToLong(Interval.Bin::count).sum();
  }

  @Test
  void smallerPartsTakeLessMemory() {
    RunConfig whole = config(0);
    DataSet data = whole.data().load(null, SEED);
    try (Device device = Device.open("cpu")) {
      long all = MemoryTable.of(whole, data, device).peak();
      long least = MemoryTable.of(config(2), data, device).peak();
      RunConfig fitted = MemoryTable.within(whole, (all + least) / 2, data, device);
      assertThat(MemoryTable.of(fitted, data, device).peak()).isBetween(least, (all + least) / 2);
      assertThat(fitted.collapse().microBatch()).isBetween(2, 16);
      assertThat(MemoryTable.within(whole, all, data, device)).isEqualTo(whole);
      org.assertj.core.api.Assertions.assertThatThrownBy(
              () -> MemoryTable.within(whole, 1000, data, device))
          .isInstanceOf(dev.sild.UserException.class)
          .hasMessageContaining("smallest micro-batches need");
    }
  }

  /** Both averages of one run are kept, differ, and survive a stop. */
  @Test
  void twoAveragesOfOneRun() throws IOException {
    RunConfig config = config(0);
    assertThat(config.refine().secondEmaSigmaRel()).isEqualTo(0.05);
    curve(0);
    RunDirectory run = RunDirectory.open(scratch.resolve("rows-0"));
    ModelFile.Contents first = ModelFile.read(run.model());
    ModelFile.Contents second = ModelFile.read(run.secondModel());
    assertThat(second.weights().tensors().keySet()).isEqualTo(first.weights().tensors().keySet());
    for (String name : first.weights().tensors().keySet()) {
      float[] a = first.weights().tensors().get(name).toFloats();
      float[] b = second.weights().tensors().get(name).toFloats();
      if (name.startsWith("denoiser.") && name.endsWith("weight"))
        assertThat(b).as(name).isNotEqualTo(a);
      if (!name.startsWith("denoiser.")) assertThat(b).as(name).isEqualTo(a);
    }
  }
}
