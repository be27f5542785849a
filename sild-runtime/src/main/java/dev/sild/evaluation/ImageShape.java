package dev.sild.evaluation;

import dev.sild.data.DataSet;

/** Sizes of an image whose numbers stand channel by channel, row by row. */
public record ImageShape(int channels, int height, int width) {

  /** The images of a data set. */
  public static ImageShape of(DataSet.Images images) {
    return new ImageShape(images.channels(), images.trained().height(), images.trained().width());
  }

  /** Numbers in an image. */
  public int size() {
    return channels * height * width;
  }

  @Override
  public String toString() {
    return "%d×%d×%d".formatted(channels, height, width);
  }
}
