package dev.sild.bindings;

import java.util.Map;

/**
 * A convolution and its gradients, written as the sums that define them.
 *
 * @param x (B, C, H, W)
 * @param w (K, C, R, S)
 * @param bias (K), or null
 * @param residual (B, K, P, Q), or null
 * @param dy (B, K, P, Q)
 */
record Conv2dReference(
    long[] image,
    long[] window,
    Convolution geometry,
    double[] x,
    double[] w,
    double[] bias,
    double[] residual,
    double[] dy) {

  static Conv2dReference of(
      Draw draw, long[] image, long[] window, Convolution geometry, boolean bias) {
    return of(draw, image, window, geometry, bias, false);
  }

  static Conv2dReference of(
      Draw draw,
      long[] image,
      long[] window,
      Convolution geometry,
      boolean bias,
      boolean residual) {
    double[] w = draw.normal(count(window));
    double taps = (double) count(window) / window[0];
    for (int i = 0; i < w.length; i++) w[i] = (float) (w[i] / Math.sqrt(taps));
    return new Conv2dReference(
        image,
        window,
        geometry,
        draw.normal(count(image)),
        w,
        bias ? draw.normal(window[0]) : null,
        residual ? draw.normal(count(outputs(image, window, geometry))) : null,
        draw.normal(count(outputs(image, window, geometry))));
  }

  /** (B, K, P, Q). */
  long[] outputs() {
    return outputs(image, window, geometry);
  }

  private static long[] outputs(long[] image, long[] window, Convolution geometry) {
    long height = geometry.outputs(image[2], window[2]);
    long width = geometry.outputs(image[3], window[3]);
    return new long[] {image[0], window[0], height, width};
  }

  static long count(long[] shape) {
    long count = 1;
    for (long size : shape) count *= size;
    return count;
  }

  /** What happens at each place where a weight meets a pixel. */
  private interface Meeting {
    void at(int y, int x, int w);
  }

  /** All meetings, outputs outermost; a tap on the padding meets nothing. */
  private void meetings(Meeting meeting) {
    long[] out = outputs();
    for (int y = 0; y < count(out); y++) {
      int q = (int) (y % out[3]);
      int p = (int) (y / out[3] % out[2]);
      int k = (int) (y / out[3] / out[2] % out[1]);
      int b = (int) (y / out[3] / out[2] / out[1]);
      for (int tap = 0; tap < count(window) / window[0]; tap++) {
        int s = (int) (tap % window[3]);
        int r = (int) (tap / window[3] % window[2]);
        int c = (int) (tap / window[3] / window[2]);
        long row = (long) p * geometry.stride() + r - geometry.padding();
        long column = (long) q * geometry.stride() + s - geometry.padding();
        if (row < 0 || row >= image[2] || column < 0 || column >= image[3]) continue;
        long pixel = ((b * image[1] + c) * image[2] + row) * image[3] + column;
        meeting.at(y, (int) pixel, (int) (k * (count(window) / window[0]) + tap));
      }
    }
  }

  /** y. */
  Map<String, double[]> forward(Rounding p) {
    double[] y = new double[dy.length];
    meetings((at, pixel, weight) -> y[at] = p.product(y[at], x[pixel], w[weight]));
    if (bias != null) for (int i = 0; i < y.length; i++) y[i] = p.r(y[i] + bias[channel(i)]);
    if (residual != null) for (int i = 0; i < y.length; i++) y[i] = p.r(y[i] + residual[i]);
    return Map.of("y", y);
  }

  /** dx, added to {@code before} unless that is null, dw and dbias. */
  Map<String, double[]> backward(Rounding p, double[] before) {
    double[] dx = before == null ? new double[x.length] : before.clone();
    double[] dw = new double[w.length];
    double[] dbias = new double[(int) window[0]];
    meetings((at, pixel, weight) -> {
      dx[pixel] = p.product(dx[pixel], dy[at], w[weight]);
      dw[weight] = p.product(dw[weight], dy[at], x[pixel]);
    });
    for (int i = 0; i < dy.length; i++) dbias[channel(i)] = p.r(dbias[channel(i)] + dy[i]);
    return Map.of("dx", dx, "dw", dw, "dbias", dbias);
  }

  /** Σ dy ∘ y: its gradients are those of {@link #backward}. */
  double loss() {
    return Differences.dot(dy, forward(Rounding.DOUBLE).get("y"));
  }

  /** |residual| + |bias| + Σ |x w| for each y. */
  double[] magnitudes() {
    double[] sums = new double[dy.length];
    meetings((at, pixel, weight) -> sums[at] += Math.abs(x[pixel] * w[weight]));
    for (int i = 0; i < sums.length; i++) sums[i] += Math.abs(bias[channel(i)]);
    if (residual != null) for (int i = 0; i < sums.length; i++) sums[i] += Math.abs(residual[i]);
    return sums;
  }

  /** Whether y[i] depends on that pixel. */
  boolean[] touchedBy(int wanted) {
    boolean[] touched = new boolean[dy.length];
    meetings((at, pixel, _) -> touched[at] |= pixel == wanted);
    return touched;
  }

  private int channel(int output) {
    long[] out = outputs();
    return (int) (output / (out[2] * out[3]) % out[1]);
  }
}
