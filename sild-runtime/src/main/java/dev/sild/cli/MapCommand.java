package dev.sild.cli;

import dev.sild.UserException;
import dev.sild.bindings.Device;
import dev.sild.data.ImageShape;
import dev.sild.data.SampleSpace;
import dev.sild.data.Vectors;
import dev.sild.data.image.PictureFile;
import dev.sild.data.molecule.Molecules;
import dev.sild.data.molecule.SmilesFile;
import dev.sild.data.molecule.Spelled;
import dev.sild.sild.Model;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
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
          "rows as .npy or .csv, samples in the data's own units, images in [-1, 1]; in place of"
              + " samples also one image as .png or .jpg, cropped and resized as the data were, or"
              + " molecules as .smi (the first field of a line) or .csv (the column smiles)")
  Path data;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = "where to write: FILE.npy, or of samples FILE.png or, of molecules, FILE.smi")
  Path out;

  /** What a row is that goes in. */
  abstract SampleSpace from(Model model);

  /** What a row is that comes out. */
  abstract SampleSpace to(Model model);

  abstract void map(Model model, MemorySegment result, MemorySegment rows);

  /** Rows that go in, made as they are needed. */
  @FunctionalInterface
  private interface Rows {
    float[] of(int first, int count);
  }

  /**
   * @param left molecules that do not fit
   */
  private record Input(int count, Rows rows, List<Molecules.Invalid> left) {}

  @Override
  public Integer call() throws IOException {
    ArrayFile.require(out);
    try (Device device = common.openDevice();
        Model model = Model.load(run, device)) {
      SampleSpace from = from(model);
      SampleSpace to = to(model);
      Input input = input(model, from);
      ArrayFile file = ArrayFile.of(out, to, input.count);
      int chunk = Math.min(file.chunk(), ArrayFile.chunk(from));
      for (int at = 0; at < input.count; at += chunk) {
        int count = Math.min(chunk, input.count - at);
        float[] x = input.rows.of(at, count);
        float[] y = new float[count * to.dimension()];
        map(model, MemorySegment.ofArray(y), MemorySegment.ofArray(x));
        see(from, x, y);
        file.take(y, at, count);
      }
      write(file);
      common.words().println("%d rows: %s".formatted(input.count, out));
      Map<String, Object> figures = new LinkedHashMap<>();
      figures.put("out", out.toString());
      figures.put("count", input.count);
      if (from.isMolecule()) figures.put("left_out", input.left);
      report(from, figures);
      common.print(figures);
    }
    return 0;
  }

  private Input input(Model model, SampleSpace from) {
    String name = data.toString().toLowerCase(Locale.ROOT);
    if (from.isMolecule() && SmilesFile.named(data)) return molecules(from);
    if (name.endsWith(".smi") || name.endsWith(".smi.gz"))
      throw new UserException(data + ": what goes in here are no molecules: give a .npy");
    boolean picture = name.matches(".*\\.(png|jpe?g)");
    Vectors rows = picture ? picture(model) : Vectors.read(data);
    int d = rows.dimension();
    if (d != from.dimension())
      throw new UserException(
          "%s has rows of %d numbers; this model takes %d".formatted(data, d, from.dimension()));
    return new Input(
        rows.count(),
        (at, count) -> Arrays.copyOfRange(rows.data(), at * d, (at + count) * d),
        List.of());
  }

  private Input molecules(SampleSpace from) {
    Spelled spelled = SmilesFile.read(data, from.tokens());
    if (!spelled.left().isEmpty()) common.words().println(spelled.leftOut());
    return new Input(spelled.count(), spelled::oneHot, spelled.left());
  }

  private Vectors picture(Model model) {
    ImageShape shape = model.contents().space().image();
    if (shape == null) throw new UserException(data + ": this model is not one of images");
    float[] x = PictureFile.read(data, model.config().data().crop(), shape);
    return new Vectors(x, 1, x.length);
  }

  /** Some rows x and what was made of them. */
  void see(SampleSpace space, float[] x, float[] y) {}

  /** Writes what was made. */
  void write(ArrayFile file) throws IOException {
    file.write();
  }

  /** Prints and adds figures of what was seen. */
  void report(SampleSpace space, Map<String, Object> figures) {}
}
