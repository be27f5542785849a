package dev.sild.theory.features;

/**
 * Excess risk E‖D̂ − D*‖², summed over coordinates.
 *
 * @param standardError from the samples
 */
public record Risk(double value, double standardError) {

  /** Against the exact denoiser. All arrays (rows, coordinates). */
  static Risk of(float[] found, float[] exact, int rows) {
    return of(found, exact, exact, rows);
  }

  /**
   * Against two estimates of the exact denoiser whose errors are independent: the mean of ⟨D̂ − A,
   * D̂ − B⟩ has no bias from their variance, and may be below 0.
   */
  static Risk of(float[] found, float[] a, float[] b, int rows) {
    int columns = found.length / rows;
    double mean = 0;
    double squares = 0;
    for (int i = 0; i < rows; i++) {
      double error = 0;
      for (int j = i * columns; j < (i + 1) * columns; j++)
        error += ((double) found[j] - a[j]) * ((double) found[j] - b[j]);
      double delta = error - mean; // Welford
      mean += delta / (i + 1);
      squares += delta * (error - mean);
    }
    return new Risk(mean, Math.sqrt(squares / Math.max(1, rows - 1) / rows));
  }
}
