package dev.sild.data.image;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.sild.UserException;

/**
 * The square of an image that is kept. Three crops of CelebA's 178×218 are in use, whose figures
 * cannot be compared with each other: a name says which one it is.
 */
public enum Crop {
  /** Song, Meng, Ermon 2021 (DDIM): columns 25 … 152, rows 57 … 184. */
  @JsonProperty("ddim")
  DDIM("ddim", "128×128 around x 89, y 121"),
  /** Song et al. 2021 (score_sde), as WAE and RAE: central. */
  @JsonProperty("score-sde")
  SCORE_SDE("score-sde", "the central 140×140"),
  /** Vahdat, Kautz 2020 (NVAE), as LSGM: columns 15 … 162, rows 40 … 187. */
  @JsonProperty("nvae")
  NVAE("nvae", "the box (15, 40)–(163, 188)"),
  /** The largest square in the middle. */
  @JsonProperty("centre")
  CENTRE("centre", "the largest central square"),
  /** All of an image that is a square. */
  @JsonProperty("none")
  NONE("none", "whole images");

  private final String label;
  private final String meaning;

  Crop(String label, String meaning) {
    this.label = label;
    this.meaning = meaning;
  }

  /**
   * A square of pixels.
   *
   * @param x its first column
   * @param y its first row
   */
  record Window(int x, int y, int side) {}

  /**
   * Where the square lies.
   *
   * @param name of the image, for people
   * @throws UserException if the image does not hold it
   */
  Window in(String name, int width, int height) {
    Window window =
        switch (this) {
          case DDIM -> new Window(25, 57, 128);
          case SCORE_SDE -> central(140, width, height);
          case NVAE -> new Window(15, 40, 148);
          case CENTRE, NONE -> central(Math.min(width, height), width, height);
        };
    if (this == NONE && width != height)
      throw new UserException(
          "%s: %d×%d pixels are not a square: choose the crop centre"
              .formatted(name, width, height));
    boolean inside =
        window.x >= 0
            && window.y >= 0
            && window.x + window.side <= width
            && window.y + window.side <= height;
    if (!inside)
      throw new UserException(
          "%s: %d×%d pixels do not hold the crop %s, %s: choose the crop centre"
              .formatted(name, width, height, label, meaning));
    return window;
  }

  private static Window central(int side, int width, int height) {
    return new Window(Math.floorDiv(width - side, 2), Math.floorDiv(height - side, 2), side);
  }

  /** Name as the user writes it. */
  public String label() {
    return label;
  }

  /** Name and meaning, for people. */
  public String describe() {
    return "crop %s (%s)".formatted(label, meaning);
  }
}
