package dev.sild.bindings;

/** Which way a plane is resampled. */
public enum Resampling {
  /** Twice the height and width, each pixel four times. */
  UP,
  /** Half the height and width, each pixel the mean of four. */
  DOWN
}
