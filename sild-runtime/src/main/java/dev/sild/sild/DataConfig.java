package dev.sild.sild;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.sild.Progress;
import dev.sild.UserException;
import dev.sild.data.CurvedGaussian;
import dev.sild.data.DataSet;
import dev.sild.data.Digits;
import dev.sild.data.Idx;
import dev.sild.data.Sphere;
import dev.sild.data.Torus;
import dev.sild.data.Vectors;
import dev.sild.data.image.Crop;
import dev.sild.data.image.ImageBank;
import dev.sild.data.image.ImageCache;
import dev.sild.data.image.ImageSet;
import dev.sild.data.molecule.MoleculeSet;
import dev.sild.data.molecule.Notation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * The data set. {@code manifold}, {@code intrinsic}, {@code ambient}, {@code radius} and {@code
 * curvature} describe the synthetic manifold, {@code size}, {@code crop}, {@code flips} and {@code
 * attribute} the user's images, {@code notation}, {@code split}, {@code length} and {@code
 * attribute} molecules; elsewhere they are ignored.
 *
 * @param heldOut share of a user's vectors or molecules that is never trained on
 * @param size height and width to which images are resized
 * @param crop the square of an image that is kept
 * @param flips whether training images are mirrored at random
 * @param attribute of CelebA, or activity of molecules, whose values are the labels; empty for none
 * @param notation in which molecules are spelled
 * @param split by which molecules are held out
 * @param length tokens of a molecule, longer ones being left out; 0 for those of the longest
 */
public record DataConfig(
    Kind kind,
    ManifoldKind manifold,
    int intrinsic,
    int ambient,
    double radius,
    double curvature,
    double heldOut,
    int size,
    Crop crop,
    boolean flips,
    String attribute,
    Notation notation,
    MoleculeSet.Split split,
    int length) {

  /** What the samples are. */
  public enum Kind {
    @JsonProperty("stacked-digits")
    STACKED_DIGITS,
    @JsonProperty("stacked-mnist")
    STACKED_MNIST,
    @JsonProperty("fashion")
    FASHION,
    @JsonProperty("manifold")
    MANIFOLD,
    @JsonProperty("array")
    ARRAY,
    @JsonProperty("images")
    IMAGES,
    @JsonProperty("molecules")
    MOLECULES
  }

  /** The synthetic manifolds. */
  public enum ManifoldKind {
    @JsonProperty("sphere")
    SPHERE,
    @JsonProperty("torus")
    TORUS,
    @JsonProperty("curved-gaussian")
    CURVED_GAUSSIAN
  }

  public DataConfig {
    if (kind == null) throw new UserException("data.kind is missing");
    if (crop == null) throw new UserException("data.crop is missing");
    if (notation == null) throw new UserException("data.notation is missing");
    if (split == null) throw new UserException("data.split is missing");
    if (length < 0) throw new UserException("data.length = %d is negative".formatted(length));
    if (!(heldOut > 0 && heldOut < 1))
      throw new UserException("data.held_out = %s is not between 0 and 1".formatted(heldOut));
  }

  /**
   * Reads or makes the data set.
   *
   * @param path the user's folder or file, null if none was named
   * @param seed of a synthetic manifold's embedding
   */
  public DataSet load(Path path, int seed) {
    return load(path, seed, Progress.SILENT, () -> false);
  }

  /**
   * The same, images being decoded and molecules read once, into {@link ImageCache#folder}.
   *
   * @throws UncheckedIOException if the disk is full, or fails
   * @throws java.util.concurrent.CancellationException if it was cancelled; the next call goes on
   */
  public DataSet load(Path path, int seed, Progress progress, BooleanSupplier cancelled) {
    return switch (kind) {
      case IMAGES -> images(path, progress, cancelled);
      case MOLECULES ->
          new MoleculeSet(notation, split, length, heldOut, attribute)
              .load(
                  named(path, "a CSV of MoleculeNet, or enumerate:7").toString(),
                  ImageCache.folder(),
                  progress);
      case STACKED_DIGITS -> new DataSet.Images("digits", Digits.training(), Digits.heldOut(), 3);
      case STACKED_MNIST -> idx("MNIST", path, 3);
      case FASHION -> idx("fashion", path, 1);
      case ARRAY -> DataSet.Table.split(Vectors.read(named(path, "FILE.npy or FILE.csv")), heldOut);
      case MANIFOLD ->
          new DataSet.Synthetic(
              switch (manifold) {
                case SPHERE -> new Sphere(intrinsic, ambient, radius, seed);
                case TORUS -> new Torus(intrinsic, ambient, radius, seed);
                case CURVED_GAUSSIAN -> new CurvedGaussian(intrinsic, ambient, curvature, seed);
              });
    };
  }

  /**
   * Images that nobody has read: what a plan of memory needs to know of them, with one class where
   * there may be many. Null for data that have to be read first.
   */
  public DataSet unread() {
    if (kind != Kind.IMAGES) return null;
    ImageBank none = new ImageBank(MemorySegment.NULL, new int[0], new byte[0], size);
    return new DataSet.Pictures("images", none, none, List.of("any"), flips, crop);
  }

  private DataSet images(Path path, Progress progress, BooleanSupplier cancelled) {
    ImageSet set = new ImageSet(crop, size, flips, attribute.isEmpty() ? null : attribute);
    named(path, "a folder or a zip of images");
    try {
      return set.load(path, ImageCache.folder(), progress, cancelled);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static DataSet idx(String name, Path folder, int channels) {
    named(folder, "the folder with the IDX files");
    return new DataSet.Images(name, Idx.training(folder), Idx.test(folder), channels);
  }

  private static Path named(Path path, String what) {
    if (path == null) throw new UserException("this preset needs --data: " + what);
    return path;
  }
}
