package dev.sild.data;

/**
 * Bilinear resampling with half-pixel centres, antialiased when it shrinks: output pixel i of an
 * axis is the weighted mean of the input pixels j, with the weights max(0, 1 − |j + ½ − c|/s), c =
 * (i + ½) from/to, s = max(1, from/to). It is what Pillow and torchvision compute under that name.
 */
public final class Resize {
  private final int fromHeight;
  private final int fromWidth;
  private final Axis rows;
  private final Axis columns;

  /** From planes of one size to planes of another. */
  public Resize(int fromHeight, int fromWidth, int toHeight, int toWidth) {
    this.fromHeight = fromHeight;
    this.fromWidth = fromWidth;
    rows = Axis.of(fromHeight, toHeight);
    columns = Axis.of(fromWidth, toWidth);
  }

  /** Output pixel i is Σ_k weights[i][k] input[first[i] + k]. */
  private record Axis(int[] first, double[][] weights) {
    static Axis of(int from, int to) {
      int[] first = new int[to];
      double[][] weights = new double[to][];
      double ratio = (double) from / to;
      double reach = Math.max(1, ratio);
      for (int i = 0; i < to; i++) {
        double centre = (i + 0.5) * ratio;
        first[i] = Math.max(0, (int) Math.floor(centre - reach - 0.5));
        int last = Math.min(from - 1, (int) Math.ceil(centre + reach - 0.5));
        weights[i] = new double[last - first[i] + 1];
        double sum = 0;
        for (int k = 0; k < weights[i].length; k++) {
          weights[i][k] = Math.max(0, 1 - Math.abs(first[i] + k + 0.5 - centre) / reach);
          sum += weights[i][k];
        }
        for (int k = 0; k < weights[i].length; k++) weights[i][k] /= sum; // the edges, too
      }
      return new Axis(first, weights);
    }

    /** Output pixel i of a line of pixels {@code step} apart. */
    double at(int i, double[] line, int from, int step) {
      double sum = 0;
      for (int k = 0; k < weights[i].length; k++)
        sum += weights[i][k] * line[from + (first[i] + k) * step];
      return sum;
    }
  }

  /** Gives planes line by line. */
  @FunctionalInterface
  public interface Lines {
    /**
     * Reads a line.
     *
     * @param line (planes, width) receives line y of every plane
     */
    void read(int y, double[] line);
  }

  /**
   * Resamples (planes, height, width) into {@code to} at {@code at}. Lines are asked for in order,
   * each once: no plane need be in memory as numbers.
   */
  public void planes(int planes, Lines lines, float[] to, int at) {
    int width = columns.first.length;
    int height = rows.first.length;
    double[] line = new double[planes * fromWidth];
    double[] narrow = new double[planes * fromHeight * width];
    for (int y = 0; y < fromHeight; y++) {
      lines.read(y, line);
      for (int c = 0; c < planes; c++)
        for (int x = 0; x < width; x++)
          narrow[(c * fromHeight + y) * width + x] = columns.at(x, line, c * fromWidth, 1);
    }
    for (int c = 0; c < planes; c++)
      for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
          to[at + (c * height + y) * width + x] =
              (float) rows.at(y, narrow, c * fromHeight * width + x, width);
  }

  /**
   * Resamples the plane (height, width) that begins at {@code from} into {@code to} at {@code at}.
   */
  public void plane(float[] image, int from, float[] to, int at) {
    planes(
        1,
        (y, line) -> {
          for (int x = 0; x < fromWidth; x++) line[x] = image[from + y * fromWidth + x];
        },
        to,
        at);
  }
}
