package dev.sild.data.image;

import dev.sild.Progress;
import dev.sild.UserException;
import dev.sild.data.DataSet;
import dev.sild.data.image.Selection.Part;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * What is made of images.
 *
 * @param crop the square that is kept
 * @param size height and width it is resized to
 * @param flips whether training images are mirrored at random
 * @param attribute of CelebA, whose values are the labels; null for none, and for other images
 */
public record ImageSet(Crop crop, int size, boolean flips, String attribute) {
  private static final int MAX_SIZE = 1024;

  public ImageSet {
    if (size < 1 || size > MAX_SIZE)
      throw new UserException("images of %d×%d: choose 1 to %d".formatted(size, size, MAX_SIZE));
  }

  /**
   * Finds the images of a folder or zip (CelebA as published, folders {@code train} and {@code val}
   * or {@code test}, or any), decodes them where the cache has them not, and splits them: as CelebA
   * or the folders say, else every tenth of each label is held out.
   *
   * @param cache folder for the decoded images, made if it is not there
   * @throws UserException if there are none, or they are not what the settings ask for
   * @throws java.util.concurrent.CancellationException if it was cancelled; the next call goes on
   * @throws IOException if the disk is full, or fails
   */
  public DataSet.Pictures load(Path path, Path cache, Progress progress, BooleanSupplier cancelled)
      throws IOException {
    CelebA celebA = CelebA.at(path);
    if (celebA == null && attribute != null)
      throw new UserException(
          "%s: is not CelebA, so it has no attribute %s".formatted(path, attribute));
    if (celebA != null) celebA.requireWhole();
    try (ImageFiles files = ImageFiles.open(celebA == null ? path : celebA.images())) {
      List<String> names = files.entries().stream().map(ImageFiles.Entry::name).toList();
      Selection selection =
          celebA == null
              ? FolderLayout.select(names, progress)
              : celebA.select(names, attribute, progress);
      requireBothParts(path, selection);
      ImageCache.Decoded decoded = ImageCache.open(cache, files, crop, size, progress, cancelled);
      return new DataSet.Pictures(
          celebA == null ? stem(path) : "CelebA",
          bank(decoded, selection, Part.TRAINING),
          bank(decoded, selection, Part.HELD_OUT),
          selection.classes(),
          flips,
          crop);
    }
  }

  private static void requireBothParts(Path path, Selection selection) {
    List<Part> parts = List.of(selection.parts());
    if (!parts.contains(Part.TRAINING) || !parts.contains(Part.HELD_OUT))
      throw new UserException(
          ("%s: of %,d images none is left to %s: every tenth of a label is held out, "
                  + "or what CelebA's list or folders named test or val hold")
              .formatted(
                  path, parts.size(), parts.contains(Part.TRAINING) ? "hold out" : "train on"));
  }

  private ImageBank bank(ImageCache.Decoded decoded, Selection selection, Part part) {
    int[] rows = selection.rows(part, decoded.good());
    byte[] labels = new byte[rows.length];
    for (int i = 0; i < rows.length; i++) labels[i] = selection.labels()[rows[i]];
    return new ImageBank(decoded.pixels(), rows, labels, size);
  }

  /** Name of a folder or file without its ending. */
  static String stem(Path path) {
    Path name = path.toAbsolutePath().normalize().getFileName();
    return name == null ? "images" : name.toString().replaceFirst("\\.[^.]+$", "");
  }
}
