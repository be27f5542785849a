package dev.sild.cli;

import dev.sild.UserException;
import dev.sild.data.ImageShape;
import dev.sild.data.SampleSpace;
import dev.sild.data.image.Crop;
import dev.sild.data.image.PictureFile;
import dev.sild.data.molecule.Spelled;
import dev.sild.sild.Condition;
import dev.sild.sild.Model;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import picocli.CommandLine.Option;

/** What {@code sample} is asked to draw. */
final class ConditionOptions {
  @Option(
      names = "--label",
      paramLabel = "L",
      description = "draw of this class: its name or number, of a model trained with labels")
  String label;

  @Option(
      names = "--guidance",
      paramLabel = "W",
      description =
          "how far the label is followed: 1 draws the class as it is (default), more draws it"
              + " more typical, two evaluations a step")
  Double guidance;

  @Option(
      names = "--image",
      paramLabel = "FILE",
      description = "the image of which --mask hides a part; cropped and resized as the data were")
  Path image;

  @Option(
      names = "--mask",
      paramLabel = "FILE",
      description = "an image of the same size: white is drawn anew, black is kept of --image")
  Path mask;

  @Option(
      names = "--interpolate",
      paramLabel = "A,B",
      split = ",",
      arity = "0..1",
      fallbackValue = "",
      description =
          "two images A.png,B.png, or molecules as SMILES: --count of them on the line between"
              + " their latents; without a value, between the first two samples of the seed")
  List<String> between;

  /** What of it the sampler is asked for. */
  Condition of(Model model) {
    if (guidance != null && label == null)
      throw new UserException("--guidance follows a label: add --label");
    if ((image == null) != (mask == null))
      throw new UserException("--image and --mask belong together: one is missing");
    if (between != null && (label != null || image != null))
      throw new UserException("--interpolate draws nothing: leave out --label and --mask");
    double w = guidance == null ? 1 : guidance;
    if (!Double.isFinite(w)) throw new UserException("--guidance %s is no number".formatted(w));
    return new Condition(label == null ? -1 : label(model), w, known(model));
  }

  private int label(Model model) {
    List<String> classes = model.contents().space().classes();
    if (classes.isEmpty()) throw new UserException("--label: the data of this run have no labels");
    int named = classes.indexOf(label);
    if (named >= 0) return named;
    try {
      int number = Integer.parseInt(label);
      if (number >= 0 && number < classes.size()) return number;
    } catch (NumberFormatException _) {
      // neither a name nor a number
    }
    throw new UserException(
        "--label %s: choose of %s, or 0 to %d"
            .formatted(label, String.join(", ", classes), classes.size() - 1));
  }

  private Condition.Known known(Model model) {
    if (mask == null) return null;
    ImageShape shape = shape(model, "--mask");
    Crop crop = model.config().data().crop();
    return new Condition.Known(
        PictureFile.read(image, crop, shape), PictureFile.readMask(mask, crop, shape));
  }

  private static ImageShape shape(Model model, String option) {
    ImageShape shape = model.contents().space().image();
    if (shape == null) throw new UserException(option + " is for models of images");
    return shape;
  }

  /** Whether no samples are drawn, but what lies between two. */
  boolean interpolates() {
    return between != null;
  }

  /**
   * {@code count} latents on the line between two, both ends included: (count, Z).
   *
   * @param ends (2, Z) latents of the seed's first two samples, asked for if none are named
   */
  float[] line(Model model, int count, Supplier<float[]> ends) {
    if (count < 2) throw new UserException("--interpolate: --count 2 at least");
    int z = model.latent();
    float[] two = between.stream().allMatch(String::isBlank) ? ends.get() : encoded(model);
    float[] line = new float[Math.multiplyExact(count, z)];
    for (int i = 0; i < count; i++) {
      double t = (double) i / (count - 1);
      for (int j = 0; j < z; j++) line[i * z + j] = (float) ((1 - t) * two[j] + t * two[z + j]);
    }
    return line;
  }

  private float[] encoded(Model model) {
    if (between.size() != 2)
      throw new UserException("--interpolate: name two images, as A.png,B.png, or two SMILES");
    SampleSpace space = model.contents().space();
    float[] x =
        space.isMolecule()
            ? Spelled.all(between, space.tokens()).oneHot(0, 2)
            : images(model, shape(model, "--interpolate between samples that are named"));
    float[] z = new float[2 * model.latent()];
    model.encode(MemorySegment.ofArray(z), MemorySegment.ofArray(x));
    return z;
  }

  private float[] images(Model model, ImageShape shape) {
    float[] x = new float[2 * shape.size()];
    for (int i = 0; i < 2; i++) {
      float[] one = PictureFile.read(Path.of(between.get(i)), model.config().data().crop(), shape);
      System.arraycopy(one, 0, x, i * shape.size(), shape.size());
    }
    return x;
  }
}
