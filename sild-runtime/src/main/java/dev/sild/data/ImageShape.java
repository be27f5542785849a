package dev.sild.data;

/** Sizes of an image whose numbers stand channel by channel, row by row. */
public record ImageShape(int channels, int height, int width) {

  /** Numbers in an image. */
  public int size() {
    return channels * pixels();
  }

  /** Numbers in a channel. */
  public int pixels() {
    return height * width;
  }

  /** C, H and W as a view wants them: (rows, C, H, W). */
  public long[] rows(long rows) {
    return new long[] {rows, channels, height, width};
  }

  @Override
  public String toString() {
    return "%d×%d×%d".formatted(channels, height, width);
  }
}
