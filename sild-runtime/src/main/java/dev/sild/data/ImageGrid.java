package dev.sild.data;

import dev.sild.UserException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * Draws images side by side, row by row, into one PNG: a grey gap of one image pixel between and
 * around them.
 *
 * <p>Values run from −1 (black) to 1 (white) and are clipped; a value that is not finite is
 * magenta, so that nobody overlooks it.
 */
public final class ImageGrid {
  private static final int GAP = 0xA0A0A0;
  private static final int NOT_FINITE = 0xFF00FF;
  private static final long MAX_PIXELS = 1 << 28;

  private ImageGrid() {}

  /**
   * The bytes of the PNG.
   *
   * @param images (count, channels, height, width) values in [−1, 1]; may be longer
   * @param count number of images, at least 1
   * @param columns images side by side, at least 1
   * @param channels 1 (grey) or 3 (red, green, blue)
   * @param height rows of an image
   * @param width columns of an image
   * @param scale screen pixels a side of an image pixel, at least 1
   * @throws UserException if the picture would have over 2^28 pixels
   */
  public static byte[] png(
      float[] images, int count, int columns, int channels, int height, int width, int scale) {
    check(images, count, columns, channels, height, width, scale);
    int across = Math.min(columns, count);
    int rows = Math.ceilDiv(count, columns);
    long wide = (across * (width + 1L) + 1) * scale;
    long high = (rows * (height + 1L) + 1) * scale;
    if (wide > MAX_PIXELS || high > MAX_PIXELS || wide * high > MAX_PIXELS) {
      throw new UserException(
          "a picture of %d×%d pixels is too large: draw fewer images".formatted(wide, high));
    }
    var picture = new BufferedImage((int) wide, (int) high, BufferedImage.TYPE_INT_RGB);
    int[] line = new int[(int) wide];
    for (int y = 0; y < high; y++) {
      Arrays.fill(line, GAP);
      int row = y / scale / (height + 1);
      int inside = y / scale % (height + 1) - 1;
      for (int column = 0; inside >= 0 && column < across; column++) {
        int image = row * columns + column;
        if (image < count) {
          int from = (column * (width + 1) + 1) * scale;
          draw(
              line,
              from,
              images,
              (image * channels * height + inside) * width,
              channels,
              height * width,
              width,
              scale);
        }
      }
      picture.setRGB(0, y, (int) wide, 1, line, 0, (int) wide);
    }
    return encode(picture);
  }

  /**
   * Writes the PNG, whole or not at all; the arguments are those of {@link #png}.
   *
   * @throws IOException if the folder is missing, not writable or full
   */
  public static void write(
      Path path,
      float[] images,
      int count,
      int columns,
      int channels,
      int height,
      int width,
      int scale)
      throws IOException {
    byte[] bytes = png(images, count, columns, channels, height, width, scale);
    AtomicFile.write(path, file -> AtomicFile.writeFully(file, ByteBuffer.wrap(bytes)));
  }

  /** One row of one image. */
  private static void draw(
      int[] line, int from, float[] images, int at, int channels, int plane, int width, int scale) {
    for (int x = 0; x < width; x++) {
      int colour;
      if (channels == 1) {
        colour = colour(images[at + x], images[at + x], images[at + x]);
      } else {
        colour = colour(images[at + x], images[at + plane + x], images[at + 2 * plane + x]);
      }
      Arrays.fill(line, from + x * scale, from + (x + 1) * scale, colour);
    }
  }

  private static int colour(float red, float green, float blue) {
    if (!Float.isFinite(red) || !Float.isFinite(green) || !Float.isFinite(blue)) {
      return NOT_FINITE;
    }
    return level(red) << 16 | level(green) << 8 | level(blue);
  }

  private static int level(float value) {
    return Math.round((Math.clamp(value, -1f, 1f) + 1) * 127.5f);
  }

  private static void check(
      float[] images, int count, int columns, int channels, int height, int width, int scale) {
    if (count < 1 || columns < 1 || height < 1 || width < 1 || scale < 1) {
      throw new IllegalArgumentException(
          "%d images, %d columns, %d×%d, scale %d: all must be at least 1"
              .formatted(count, columns, height, width, scale));
    }
    if (channels != 1 && channels != 3) {
      throw new IllegalArgumentException("channels: " + channels + " is not 1 or 3");
    }
    if ((long) count * channels * height * width > images.length) {
      throw new IllegalArgumentException(
          "images: %d numbers are less than %d × %d × %d × %d"
              .formatted(images.length, count, channels, height, width));
    }
  }

  private static byte[] encode(BufferedImage picture) {
    var bytes = new ByteArrayOutputStream();
    try (var stream = new MemoryCacheImageOutputStream(bytes)) { // the default cache is a file
      ImageIO.write(picture, "png", stream);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory does not fail
    }
    return bytes.toByteArray();
  }
}
