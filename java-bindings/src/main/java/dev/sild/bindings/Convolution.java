package dev.sild.bindings;

/**
 * Where the windows of a convolution lie: {@code stride} pixels apart, over an image with {@code
 * padding} zeros around it. No dilation, one group.
 */
public record Convolution(int stride, int padding) {
  public Convolution {
    if (stride < 1 || padding < 0)
      throw new IllegalArgumentException(
          "convolution: stride %d, padding %d".formatted(stride, padding));
  }

  /** Windows of so many taps along a side of {@code size} pixels: below 1 if none fits. */
  public long outputs(long size, long taps) {
    return Math.floorDiv(size + 2L * padding - taps, stride) + 1;
  }
}
