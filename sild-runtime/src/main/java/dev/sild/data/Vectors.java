package dev.sild.data;

import dev.sild.UserException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.zip.ZipException;

/**
 * A user's own vectors.
 *
 * @param data (count, dimension) finite numbers in their own units
 * @param count number of rows, at least 1
 * @param dimension numbers in a row, at least 1
 */
public record Vectors(float[] data, int count, int dimension) {
  /** Checks that the array has the size that the numbers promise. */
  public Vectors {
    if (count < 1 || dimension < 1 || (long) count * dimension != data.length) {
      throw new IllegalArgumentException(
          "data: " + data.length + " numbers are not " + count + " rows of " + dimension);
    }
  }

  /**
   * Reads a {@code .npy} or a {@code .csv} file; which of them it is, its first bytes say.
   *
   * <p>{@code .npy}: see {@link Npy#read}. (n, …) becomes n rows. One dimension is refused, because
   * it may mean n rows or one: the user decides by {@code reshape(-1, 1)} or {@code reshape(1,
   * -1)}.
   *
   * <p>{@code .csv} (or {@code .csv.gz}): one row a line; commas, semicolons, tabs or blanks
   * between the numbers, whichever the first line has; decimal points. A first line without any
   * number is a header; empty lines and what follows a {@code #} are passed over.
   *
   * @throws UserException if the file is missing, empty, damaged or ragged, or if a number is
   *     missing, malformed or not finite in f32; the message names the file and the place
   */
  public static Vectors read(Path path) {
    InputFile.check(path);
    try {
      byte[] start = start(path);
      if (start.length >= 4 && start[0] == 'P' && start[1] == 'K' && start[2] == 3) {
        throw new UserException(
            path + ": is an archive (.npz?): save one array with numpy.save, as .npy");
      }
      String name = path.toString().toLowerCase(Locale.ROOT);
      return NpyHeader.begins(start) || name.endsWith(".npy") ? npy(path) : csv(path);
    } catch (EOFException | ZipException e) {
      throw new UserException(path + ": is damaged (gzip): write it again", e);
    } catch (IOException e) {
      throw InputFile.unreadable(path, e);
    }
  }

  /**
   * The rows whose index is kept, copied, in their order.
   *
   * @throws UserException if none is kept
   */
  public Vectors select(IntPredicate keep) {
    int[] rows = IntStream.range(0, count).filter(keep).toArray();
    if (rows.length == 0) {
      throw new UserException("of " + count + " vectors none is left: give more");
    }
    float[] chosen = new float[rows.length * dimension];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(data, rows[i] * dimension, chosen, i * dimension, dimension);
    }
    return new Vectors(chosen, rows.length, dimension);
  }

  private static byte[] start(Path path) throws IOException {
    try (InputStream file = Files.newInputStream(path)) {
      return file.readNBytes(8);
    }
  }

  private static Vectors csv(Path path) throws IOException {
    try (Csv csv = new Csv(path)) {
      return csv.read();
    }
  }

  private static Vectors npy(Path path) {
    Npy.Array array = Npy.read(path);
    long[] shape = array.shape();
    if (shape.length < 2) {
      throw new UserException(
          "%s: has shape %s, which is not rows: save reshape(-1, 1) for rows of one number"
              .formatted(path, Arrays.toString(shape)));
    }
    float[] data = array.data();
    if (data.length == 0) {
      throw new UserException(
          "%s: has shape %s, so it is empty: save at least one row"
              .formatted(path, Arrays.toString(shape)));
    }
    int count = (int) shape[0];
    int dimension = data.length / count;
    for (int i = 0; i < data.length; i++) {
      if (!Float.isFinite(data[i])) {
        throw new UserException(
            "%s: row %d, column %d (from 0) is %s in f32: drop such rows or replace the numbers"
                .formatted(path, i / dimension, i % dimension, data[i]));
      }
    }
    return new Vectors(data, count, dimension);
  }
}
