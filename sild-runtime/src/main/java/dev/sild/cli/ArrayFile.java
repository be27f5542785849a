package dev.sild.cli;

import dev.sild.UserException;
import dev.sild.data.ImageGrid;
import dev.sild.data.ImageShape;
import dev.sild.data.Npy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Rows of numbers in the format that a file's name asks for. */
final class ArrayFile {
  enum Kind {
    NPY,
    PNG
  }

  private ArrayFile() {}

  /** What the name asks for, and whether it can be written; asked before the work, not after it. */
  static Kind kind(Path path) {
    requireWritable(path);
    String name = path.toString();
    if (name.endsWith(".npy")) return Kind.NPY;
    if (name.endsWith(".png")) return Kind.PNG;
    throw new UserException("--out %s: end the name with .npy or .png".formatted(path));
  }

  /** Whether a file can be written there at all; asked before the work, too. */
  static void requireWritable(Path path) {
    Path folder = path.toAbsolutePath().getParent();
    if (!Files.isDirectory(folder))
      throw new UserException("--out %s: no folder %s; make it first".formatted(path, folder));
    if (!Files.isWritable(folder) || Files.isDirectory(path))
      throw new UserException("--out %s: cannot be written".formatted(path));
  }

  /** Vectors are no picture; asked before the work, too. */
  static void requireImage(Kind kind, ImageShape image) {
    if (kind == Kind.PNG && image == null)
      throw new UserException("these rows are vectors, not images: write a .npy");
  }

  /**
   * Writes (count, D) rows.
   *
   * @param image channels, height, width, or null for vectors, which {@link #requireImage} refuses
   *     for a PNG
   */
  static void write(Path path, Kind kind, float[] rows, int count, ImageShape image)
      throws IOException {
    switch (kind) {
      case NPY -> Npy.write(path, rows, shape(rows, count, image));
      case PNG -> {
        int columns = (int) Math.ceil(Math.sqrt(count));
        ImageGrid.write(
            path, rows, count, columns, image.channels(), image.height(), image.width(), 2);
      }
    }
  }

  private static long[] shape(float[] rows, int count, ImageShape image) {
    if (image == null) return new long[] {count, rows.length / count};
    return image.rows(count);
  }
}
