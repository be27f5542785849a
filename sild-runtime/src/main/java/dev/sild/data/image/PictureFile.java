package dev.sild.data.image;

import dev.sild.UserException;
import dev.sild.data.ImageShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * One image of a file, cropped and resized as those of a data set are; one that has its size
 * already is left as it is.
 */
public final class PictureFile {
  private PictureFile() {}

  /**
   * Reads.
   *
   * @return (channels, size, size) in [−1, 1]; one channel is the mean of three
   * @throws UserException if there is no such file, or it is no image that holds the crop
   */
  public static float[] read(Path file, Crop crop, ImageShape shape) {
    if (!Files.isRegularFile(file)) throw new UserException(file + ": there is no such file");
    if (shape.height() != shape.width())
      throw new UserException(
          "%s: images of %d×%d are not squares".formatted(file, shape.height(), shape.width()));
    int size = shape.width();
    byte[] pixels = new byte[3 * size * size];
    String name = file.toString();
    try {
      Picture picture = Picture.decode(name, Files.readAllBytes(file));
      boolean cropped = picture.width() == size && picture.height() == size;
      Crop own = cropped ? Crop.NONE : crop;
      picture.write(own.in(name, picture.width(), picture.height()), size, pixels, 0);
    } catch (DamagedImage e) {
      throw new UserException(file + ": cannot be read as an image: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new UserException(file + ": cannot be read: " + e.getMessage(), e);
    }
    float[] x = new float[shape.size()];
    int planes = 3 / shape.channels();
    for (int c = 0; c < 3; c++)
      for (int p = 0; p < shape.pixels(); p++)
        x[c / planes * shape.pixels() + p] +=
            ((pixels[c * shape.pixels() + p] & 0xFF) * (2f / 255) - 1) / planes;
    return x;
  }

  /**
   * Reads a mask: white where a pixel is to be drawn, black where it is known.
   *
   * @return (size · size)
   */
  public static boolean[] readMask(Path file, Crop crop, ImageShape shape) {
    float[] grey = read(file, crop, new ImageShape(1, shape.height(), shape.width()));
    boolean[] hidden = new boolean[grey.length];
    for (int p = 0; p < hidden.length; p++) hidden[p] = grey[p] > 0;
    return hidden;
  }
}
