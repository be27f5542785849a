package dev.sild.data;

import java.util.List;

/**
 * What samples are: all that a network needs to know of its data before it sees them.
 *
 * @param dimension D, numbers in a sample
 * @param image how they are arranged; null where a sample is no image
 * @param classes names of the labels; empty where samples have none
 */
public record SampleSpace(int dimension, ImageShape image, List<String> classes) {
  public SampleSpace {
    classes = List.copyOf(classes);
  }

  /** Vectors without labels. */
  public static SampleSpace vectors(int dimension) {
    return new SampleSpace(dimension, null, List.of());
  }

  /** Images. */
  public static SampleSpace images(ImageShape shape, List<String> classes) {
    return new SampleSpace(shape.size(), shape, classes);
  }

  public boolean isImage() {
    return image != null;
  }
}
