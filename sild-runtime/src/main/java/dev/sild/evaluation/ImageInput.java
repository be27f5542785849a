package dev.sild.evaluation;

import dev.sild.UserException;
import dev.sild.data.ImageShape;
import dev.sild.data.Resize;
import java.nio.file.Path;

/**
 * How images in [−1, 1] become what a network takes: resized to its size, grey ones replicated into
 * its channels, moved to its range.
 */
final class ImageInput {
  private static final int BATCH = 32;

  private final ImageShape from;
  private final ImageShape to;
  private final PixelRange range;
  private final Resize resize;
  private final int batch;

  /**
   * @param side height and width for a network that takes any; 0 leaves the images as they are
   * @throws UserException if the input is not one of images, or of other channels
   */
  ImageInput(Path file, OnnxNet.Input input, ImageShape from, PixelRange range, int side) {
    long[] shape = input.shape();
    if (shape.length != 4)
      throw new UserException(
          "%s: its input %s has %d dimensions, not the 4 of images: N, channels, height, width"
              .formatted(file, input.name(), shape.length));
    this.from = from;
    this.range = range;
    int channels = shape[1] < 0 ? 3 : Math.toIntExact(shape[1]);
    int height = shape[2] > 0 ? Math.toIntExact(shape[2]) : side > 0 ? side : from.height();
    int width = shape[3] > 0 ? Math.toIntExact(shape[3]) : side > 0 ? side : from.width();
    if (channels != 1 && channels != 3)
      throw new UserException(
          "%s: it takes images of %d channels, not of 1 or 3".formatted(file, channels));
    if (channels < from.channels())
      throw new UserException(
          "%s: it takes grey images, the data have %d channels".formatted(file, from.channels()));
    to = new ImageShape(channels, height, width);
    batch = shape[0] > 0 ? Math.toIntExact(shape[0]) : BATCH;
    boolean same = height == from.height() && width == from.width();
    resize = same ? null : new Resize(from.height(), from.width(), height, width);
  }

  /** Images in a call. */
  int batch() {
    return batch;
  }

  ImageShape to() {
    return to;
  }

  /** Images {@code first … first + rows} of (n, from) as (rows, to); those after the last black. */
  float[] prepare(float[] images, int first, int rows) {
    float[] prepared = new float[Math.multiplyExact(rows, to.size())];
    int plane = from.height() * from.width();
    int wanted = to.height() * to.width();
    int present = Math.min(rows, images.length / from.size() - first);
    for (int i = 0; i < present; i++)
      for (int c = 0; c < to.channels(); c++) {
        int source = (first + i) * from.size() + (from.channels() == 1 ? 0 : c * plane);
        int target = i * to.size() + c * wanted;
        if (resize == null) System.arraycopy(images, source, prepared, target, plane);
        else resize.plane(images, source, prepared, target);
      }
    if (range == PixelRange.UNIT)
      for (int i = 0; i < prepared.length; i++) prepared[i] = 0.5f * (prepared[i] + 1);
    return prepared;
  }

  long[] shape(int rows) {
    return new long[] {rows, to.channels(), to.height(), to.width()};
  }

  /** What is done to the images, for people. */
  String describe() {
    return "%s%s, range %s"
        .formatted(
            resize == null
                ? "not resized (%d×%d)".formatted(to.height(), to.width())
                : "%d×%d resized to %d×%d, bilinear, antialiased"
                    .formatted(from.height(), from.width(), to.height(), to.width()),
            from.channels() < to.channels() ? ", grey replicated" : "",
            range.label());
  }
}
