package dev.sild.cli;

import dev.sild.UserException;
import dev.sild.bindings.Device;
import dev.sild.bindings.DeviceException;
import dev.sild.bindings.Precision;
import dev.sild.data.DataSet;
import dev.sild.sild.DataConfig;
import dev.sild.training.RunDirectory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import picocli.CommandLine.Option;

/** Options of every command that computes. */
class Common extends Output {
  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      defaultValue = "auto",
      description = "auto, cpu[:SET] or cuda[:N] (default: ${DEFAULT-VALUE})")
  String device;

  @Option(
      names = "--precision",
      paramLabel = "P",
      defaultValue = "f32",
      description = "products in f32, f32-strict, tf32 or bf16 (default: ${DEFAULT-VALUE})")
  String precision;

  /** A device that is not there is the user's mistake. */
  Device openDevice() {
    return openDevice(0);
  }

  /** The same with so many threads of a processor, 0 for one on each. */
  Device openDevice(int threads) {
    try {
      return Device.open(device, Precision.of(precision), threads);
    } catch (DeviceException e) {
      throw new UserException(e.getMessage(), e);
    }
  }

  /** Reads a data set, saying how long it goes. */
  DataSet load(DataConfig config, Path data, int seed) {
    TerminalProgress progress = new TerminalProgress(words(), _ -> {});
    return config.load(data, seed, progress, Interrupt::happened);
  }

  /** A seed as the user writes it: 0 … 2³² − 1. */
  static int seed(long seed) {
    if (seed < 0 || seed > 0xFFFF_FFFFL)
      throw new UserException("--seed %d is not between 0 and 4294967295".formatted(seed));
    return (int) seed;
  }

  /** These options as words of a command, those that are not the defaults. */
  String command() {
    return (device.equals("auto") ? "" : " --device " + device)
        + (precision.equals("f32") ? "" : " --precision " + precision);
  }

  /** What a new run says of itself. */
  RunDirectory.Origin origin(int seed, Path data, DataSet set, Device opened) {
    return new RunDirectory.Origin(
        seed,
        data == null ? null : place(data),
        set.describe(),
        Main.Version.number(),
        System.getProperty("java.version"),
        opened.description(),
        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
  }

  /** Where a file lies, or what is no file: enumerate:7. */
  private static String place(Path data) {
    return (Files.exists(data) ? data.toAbsolutePath() : data).toString();
  }

  /** The name of a preset, or of a file without its ending. */
  static String stem(String presetOrFile) {
    String name = Path.of(presetOrFile).getFileName().toString();
    return name.endsWith(".toml") ? name.substring(0, name.length() - 5) : name;
  }
}
