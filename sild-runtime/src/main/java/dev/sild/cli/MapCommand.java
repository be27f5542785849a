package dev.sild.cli;

import dev.sild.UserException;
import dev.sild.bindings.Device;
import dev.sild.data.ImageShape;
import dev.sild.data.Vectors;
import dev.sild.data.image.PictureFile;
import dev.sild.sild.Model;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What {@code reconstruct}, {@code encode} and {@code decode} share: rows in, rows out. */
abstract class MapCommand implements Callable<Integer> {
  @Mixin Common common;

  @Parameters(paramLabel = "RUN", description = "run directory, or a model.safetensors")
  Path run;

  @Option(
      names = "--data",
      paramLabel = "FILE",
      required = true,
      description =
          "rows as .npy or .csv, in the data's own units, images in [-1, 1]; or one image as .png"
              + " or .jpg, cropped and resized as the data were")
  Path data;

  @Option(names = "--out", paramLabel = "FILE", required = true, description = "where to write")
  Path out;

  /** Columns of a row that goes in. */
  abstract int inputs(Model model);

  /** Columns of a row that comes out. */
  abstract int outputs(Model model);

  /** Whether what comes out are samples, which may be images. */
  abstract boolean samples();

  abstract void map(Model model, MemorySegment result, MemorySegment rows);

  @Override
  public Integer call() throws IOException {
    ArrayFile.Kind kind = ArrayFile.kind(out);
    boolean picture = data.toString().toLowerCase(Locale.ROOT).matches(".*\\.(png|jpe?g)");
    Vectors read = picture ? null : Vectors.read(data);
    try (Device device = common.openDevice();
        Model model = Model.load(run, device)) {
      Vectors rows = picture ? picture(model) : read;
      if (rows.dimension() != inputs(model))
        throw new UserException(
            "%s has rows of %d numbers; this model takes %d"
                .formatted(data, rows.dimension(), inputs(model)));
      ImageShape image = samples() ? model.contents().space().image() : null;
      ArrayFile.requireImage(kind, image);
      float[] result = new float[Math.multiplyExact(rows.count(), outputs(model))];
      map(model, MemorySegment.ofArray(result), MemorySegment.ofArray(rows.data()));
      ArrayFile.write(out, kind, result, rows.count(), image);
      common.words().println("%d rows: %s".formatted(rows.count(), out));
      report(rows.data(), result, rows.count());
    }
    return 0;
  }

  private Vectors picture(Model model) {
    ImageShape shape = model.contents().space().image();
    if (shape == null) throw new UserException(data + ": this model is not one of images");
    float[] x = PictureFile.read(data, model.config().data().crop(), shape);
    return new Vectors(x, 1, x.length);
  }

  /** The last line of {@code --json}. */
  void report(float[] rows, float[] result, int count) {
    common.print(Map.of("out", out.toString(), "count", count));
  }
}
