package dev.sild.evaluation;

import dev.sild.UserException;

/** Where a network expects black and white. */
public enum PixelRange {
  /** −1 and 1. */
  SIGNED("-1..1"),
  /** 0 and 1. */
  UNIT("0..1");

  private final String label;

  PixelRange(String label) {
    this.label = label;
  }

  /** As in {@code --feature-range}. */
  public String label() {
    return label;
  }

  /**
   * What {@link #label} says.
   *
   * @throws UserException if there is no such range
   */
  public static PixelRange of(String label) {
    for (PixelRange range : values()) if (range.label.equals(label)) return range;
    throw new UserException("--feature-range %s: choose 0..1 or -1..1".formatted(label));
  }
}
