package dev.sild.data;

import java.util.Collections;
import java.util.List;

/**
 * What samples are: all that a network needs to know of its data before it sees them.
 *
 * @param dimension D, numbers in a sample
 * @param image how they are arranged; null where a sample is no image
 * @param tokens what they are of a molecule; null where a sample is none
 * @param classes names of the labels; empty where samples have none
 * @param shares of the classes among the training samples, as many as classes
 */
public record SampleSpace(
    int dimension, ImageShape image, TokenShape tokens, List<String> classes, List<Double> shares) {
  public SampleSpace {
    classes = List.copyOf(classes);
    shares = List.copyOf(shares);
    if (shares.size() != classes.size())
      throw new IllegalArgumentException(
          "%d shares of %d classes".formatted(shares.size(), classes.size()));
  }

  /** Vectors without labels. */
  public static SampleSpace vectors(int dimension) {
    return new SampleSpace(dimension, null, null, List.of(), List.of());
  }

  /** Images without labels. */
  public static SampleSpace images(ImageShape shape) {
    return new SampleSpace(shape.size(), shape, null, List.of(), List.of());
  }

  /** Molecules without labels. */
  public static SampleSpace molecules(TokenShape shape) {
    return new SampleSpace(shape.size(), null, shape, List.of(), List.of());
  }

  /** The same labels of vectors. */
  public SampleSpace asVectors(int size) {
    return new SampleSpace(size, null, null, classes, shares);
  }

  /** The same labels of images. */
  public SampleSpace asImages(ImageShape shape) {
    return new SampleSpace(shape.size(), shape, null, classes, shares);
  }

  /** The same with labels, all classes as often as each other. */
  public SampleSpace with(List<String> names) {
    return with(names, Collections.nCopies(names.size(), 1.0 / names.size()));
  }

  /** The same with labels. */
  public SampleSpace with(List<String> names, List<Double> parts) {
    return new SampleSpace(dimension, image, tokens, names, parts);
  }

  public boolean isImage() {
    return image != null;
  }

  public boolean isMolecule() {
    return tokens != null;
  }
}
