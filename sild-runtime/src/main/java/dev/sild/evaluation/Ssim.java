package dev.sild.evaluation;

import dev.sild.data.ImageShape;

/**
 * Structural similarity of two images (Wang, Bovik, Sheikh and Simoncelli 2004): the mean over all
 * places of a Gaussian window of 11 × 11 pixels, σ = 1.5, that lie in the image, K₁ = 0.01, K₂ =
 * 0.03, and over the channels. Values run from −1 to 1, so their range L is 2.
 */
final class Ssim {
  private static final int WINDOW = 11;
  private static final double C1 = Math.pow(0.01 * 2, 2);
  private static final double C2 = Math.pow(0.03 * 2, 2);
  private static final double[] WEIGHTS = weights();

  private Ssim() {}

  private static double[] weights() {
    double[] w = new double[WINDOW];
    double sum = 0;
    for (int i = 0; i < WINDOW; i++) {
      w[i] = Math.exp(-Math.pow(i - WINDOW / 2, 2) / (2 * 1.5 * 1.5));
      sum += w[i];
    }
    for (int i = 0; i < WINDOW; i++) w[i] /= sum;
    return w;
  }

  /** Whether a window fits into such images. */
  static boolean fits(ImageShape shape) {
    return shape.height() >= WINDOW && shape.width() >= WINDOW;
  }

  /** Mean over all images; NaN where a pixel is. */
  static double of(float[] x, float[] y, ImageShape shape) {
    double sum = 0;
    int planes = x.length / shape.pixels();
    for (int p = 0; p < planes; p++) sum += plane(x, y, p * shape.pixels(), shape);
    return sum / planes;
  }

  private static double plane(float[] x, float[] y, int at, ImageShape shape) {
    int n = shape.pixels();
    double[][] products = new double[5][n]; // x, y, x², y², xy
    for (int i = 0; i < n; i++) {
      double a = x[at + i];
      double b = y[at + i];
      products[0][i] = a;
      products[1][i] = b;
      products[2][i] = a * a;
      products[3][i] = b * b;
      products[4][i] = a * b;
    }
    double[][] means = new double[5][];
    for (int k = 0; k < 5; k++) means[k] = blurred(products[k], shape);
    double sum = 0;
    for (int i = 0; i < means[0].length; i++) {
      double a = means[0][i];
      double b = means[1][i];
      double light = (2 * a * b + C1) / (a * a + b * b + C1);
      double spread = means[2][i] - a * a + means[3][i] - b * b;
      sum += light * (2 * (means[4][i] - a * b) + C2) / (spread + C2);
    }
    return sum / means[0].length;
  }

  /** Weighted means over the window, rows first. */
  private static double[] blurred(double[] plane, ImageShape shape) {
    int width = shape.width() - WINDOW + 1;
    int height = shape.height() - WINDOW + 1;
    double[] rows = new double[shape.height() * width];
    for (int y = 0; y < shape.height(); y++)
      for (int x = 0; x < width; x++)
        for (int k = 0; k < WINDOW; k++)
          rows[y * width + x] += WEIGHTS[k] * plane[y * shape.width() + x + k];
    double[] all = new double[height * width];
    for (int y = 0; y < height; y++)
      for (int x = 0; x < width; x++)
        for (int k = 0; k < WINDOW; k++)
          all[y * width + x] += WEIGHTS[k] * rows[(y + k) * width + x];
    return all;
  }
}
