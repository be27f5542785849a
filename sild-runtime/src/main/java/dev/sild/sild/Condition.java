package dev.sild.sild;

/**
 * What samples are asked to be.
 *
 * @param label class of the labels, or −1 for any
 * @param guidance w of {@link dev.sild.diffusion.Guided}; 1 is the law given the label
 * @param known what of them is known already; null for nothing
 */
public record Condition(int label, double guidance, Known known) {
  /** Nothing: a model with labels draws each class as often as its training data have it. */
  public static final Condition NONE = new Condition(-1, 1, null);

  /**
   * Part of an image.
   *
   * @param image (D) in the data's own units; what is hidden does not matter
   * @param hidden (height · width): whether a pixel is to be drawn
   */
  public record Known(float[] image, boolean[] hidden) {}

  boolean isNone() {
    return label < 0 && known == null;
  }
}
