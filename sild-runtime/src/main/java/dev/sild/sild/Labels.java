package dev.sild.sild;

import dev.sild.bindings.Noise;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.Philox;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Labels as a denoiser sees them: rows of zeros with a one in the label's place.
 *
 * @param classes numbers in a row
 * @param dropout share of samples whose label is hidden: a row of zeros
 * @param noise says whose; a function of the sample alone
 */
public record Labels(int classes, double dropout, Noise noise) {

  /**
   * Uploads the rows of samples {@code firstSample …}, of these classes.
   *
   * @param shown (at least B, classes)
   */
  public void show(Stream stream, View shown, int[] labels, long firstSample) {
    float[] rows = rows(labels, firstSample);
    stream.upload(shown.first(labels.length), MemorySegment.ofArray(rows));
  }

  private float[] rows(int[] labels, long firstSample) {
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

  /**
   * Rows of samples {@code firstSample …} of any class, as often as the training data have it.
   *
   * @param shares of the classes
   * @param noise a sample's class is a function of it and of the sample alone
   */
  static float[] drawn(List<Double> shares, Noise noise, long firstSample, int rows) {
    float[] all = new float[rows * shares.size()];
    double[] uniform = new double[1];
    for (int i = 0; i < rows; i++) {
      Philox.uniforms(uniform, noise.seed(), noise.purpose(), firstSample + i, 0);
      int label = 0;
      double below = shares.getFirst();
      while (uniform[0] >= below && label + 1 < shares.size()) below += shares.get(++label);
      all[i * shares.size() + label] = 1;
    }
    return all;
  }
}
