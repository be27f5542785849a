package dev.sild.data.image;

import java.util.List;
import java.util.stream.IntStream;

/**
 * What images are for, told by their names alone.
 *
 * @param parts (n) what each is for
 * @param labels (n) unsigned bytes; all 0 where there are no classes
 * @param classes names of the labels; none where all images are of one class
 */
record Selection(Part[] parts, byte[] labels, List<String> classes) {
  private static final int EVERY = 10;

  /** What an image is for. */
  enum Part {
    TRAINING,
    HELD_OUT,
    UNUSED
  }

  /** The images of a part among those that could be read. */
  int[] rows(Part part, boolean[] good) {
    return IntStream.range(0, parts.length).filter(i -> good[i] && parts[i] == part).toArray();
  }

  /** Every tenth image of each label is held out, as {@code LabelledImages.split} has it. */
  static Part[] everyTenth(byte[] labels) {
    int[] seen = new int[256];
    Part[] parts = new Part[labels.length];
    for (int i = 0; i < parts.length; i++) {
      boolean out = seen[labels[i] & 0xFF]++ % EVERY == EVERY - 1;
      parts[i] = out ? Part.HELD_OUT : Part.TRAINING;
    }
    return parts;
  }
}
