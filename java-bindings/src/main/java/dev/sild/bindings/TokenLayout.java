package dev.sild.bindings;

/** How the tokens of a sample lie in memory. */
public enum TokenLayout {
  /** (B, C, T): as a convolution leaves the pixels of an image. */
  CHANNELS_FIRST,
  /** (B, T, C), that is (B · T, C): as a linear layer leaves its rows. */
  TOKENS_FIRST
}
