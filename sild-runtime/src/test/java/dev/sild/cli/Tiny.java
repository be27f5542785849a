package dev.sild.cli;

import dev.sild.data.Digits;
import dev.sild.data.LabelledImages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;

/** Settings and data that train in a second. */
final class Tiny {
  private static final Map<String, String> SETTINGS =
      Map.ofEntries(
          Map.entry("autoencoder.latent", "2"),
          Map.entry("autoencoder.width", "32"),
          Map.entry("collapse.steps", "60"),
          Map.entry("collapse.batch", "16"),
          Map.entry("collapse.warmup", "5"),
          Map.entry("denoiser.width", "16"),
          Map.entry("denoiser.blocks", "1"),
          Map.entry("denoiser.embedding", "8"),
          Map.entry("refine.steps", "60"),
          Map.entry("refine.batch", "16"),
          Map.entry("refine.warmup", "5"),
          Map.entry("sampling.evaluations", "4"),
          Map.entry("evaluation.samples", "300"),
          Map.entry("evaluation.held_out", "50"),
          Map.entry("evaluation.neighbours", "20"),
          Map.entry("classifier.steps", "20"),
          Map.entry("classifier.batch", "16"));

  private Tiny() {}

  /** {@code train PRESET --set …}, then {@code more}, whose settings win. */
  static String[] train(String preset, String... more) {
    Map<String, String> settings = new TreeMap<>(SETTINGS);
    List<String> rest = new ArrayList<>();
    for (int i = 0; i < more.length; i++) {
      if (more[i].equals("--set")) {
        String[] setting = more[++i].split("=", 2);
        settings.put(setting[0], setting[1]);
      } else {
        rest.add(more[i]);
      }
    }
    List<String> args = new ArrayList<>(List.of("train", preset));
    settings.forEach((key, value) -> args.addAll(List.of("--set", key + "=" + value)));
    args.addAll(rest);
    return args.toArray(String[]::new);
  }

  /** 500 points of a helix in R³ as {@code .csv}. */
  static Path helix(Path folder) throws IOException {
    StringBuilder text = new StringBuilder("x,y,z\n");
    for (int i = 0; i < 500; i++) {
      double t = i * 0.0251;
      text.append(
          String.format(Locale.ROOT, "%.6f,%.6f,%.6f%n", 3 * Math.cos(t), 3 * Math.sin(t), t));
    }
    return Files.writeString(folder.resolve("helix.csv"), text);
  }

  /**
   * A folder of IDX files as their authors publish them, gzipped, made from the embedded digits.
   */
  static Path idx(Path folder) throws IOException {
    Files.createDirectories(folder);
    idx(folder, "train", Digits.training());
    idx(folder, "t10k", Digits.heldOut());
    return folder;
  }

  private static void idx(Path folder, String part, LabelledImages images) throws IOException {
    ByteBuffer pixels = ByteBuffer.allocate(16 + images.pixels().length);
    pixels.putInt(0x803).putInt(images.count()).putInt(images.height()).putInt(images.width());
    gzip(folder.resolve(part + "-images-idx3-ubyte.gz"), pixels.put(images.pixels()).array());
    ByteBuffer labels = ByteBuffer.allocate(8 + images.count());
    labels.putInt(0x801).putInt(images.count());
    gzip(folder.resolve(part + "-labels-idx1-ubyte.gz"), labels.put(images.labels()).array());
  }

  private static void gzip(Path file, byte[] bytes) throws IOException {
    try (var out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write(bytes);
    }
  }

  /** A run of the helix, trained in this process. */
  static Path run(Path folder) throws IOException {
    Path run = folder.resolve("run");
    Outcome.good(train("array", "--data", helix(folder).toString(), "--out", run.toString()));
    return run;
  }
}
