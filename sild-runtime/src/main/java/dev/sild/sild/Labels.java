package dev.sild.sild;

import dev.sild.bindings.Noise;
import dev.sild.data.Philox;

/**
 * Labels as a denoiser sees them: rows of zeros with a one in the label's place.
 *
 * @param classes numbers in a row
 * @param dropout share of samples whose label is hidden: a row of zeros
 * @param noise says whose; a function of the sample alone
 */
public record Labels(int classes, double dropout, Noise noise) {

  /** The rows (B, classes) of samples {@code firstSample …}, of these classes. */
  float[] rows(int[] labels, long firstSample) {
    float[] rows = new float[labels.length * classes];
    double[] uniform = new double[1];
    for (int i = 0; i < labels.length; i++) {
      Philox.uniforms(uniform, noise.seed(), noise.purpose(), firstSample + i, 0);
      if (uniform[0] >= dropout) rows[i * classes + labels[i]] = 1;
    }
    return rows;
  }

  /** The row of one label. */
  static float[] row(int classes, int label) {
    float[] row = new float[classes];
    row[label] = 1;
    return row;
  }
}
