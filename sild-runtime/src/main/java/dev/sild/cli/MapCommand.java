package dev.sild.cli;

import dev.sild.UserException;
import dev.sild.bindings.Device;
import dev.sild.data.ImageShape;
import dev.sild.data.Vectors;
import dev.sild.sild.Model;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
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
      description = "rows as .npy or .csv, in the data's own units; images in [-1, 1]")
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
    Vectors rows = Vectors.read(data);
    try (Device device = common.openDevice();
        Model model = Model.load(run, device)) {
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

  /** The last line of {@code --json}. */
  void report(float[] rows, float[] result, int count) {
    common.print(Map.of("out", out.toString(), "count", count));
  }
}
