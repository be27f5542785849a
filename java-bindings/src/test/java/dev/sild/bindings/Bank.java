package dev.sild.bindings;

import java.util.stream.IntStream;

/**
 * A bank of raw data, and the samples that are drawn from it.
 *
 * @param raw (rows, width), whole numbers 0 … 255 if the type is u8
 * @param index (B, parts), or null
 * @param scale (parts · width)
 * @param shift (parts · width)
 */
record Bank(
    DType type, double[] raw, int width, int parts, int[] index, double[] scale, double[] shift) {

  /** A bank for B samples. */
  static Bank of(Draw draw, DType type, int samples, int parts, int width, boolean indexed) {
    int rows = indexed ? 7 : samples * parts;
    int[] bytes = draw.below((long) rows * width, 256);
    double[] raw =
        type == DType.U8
            ? IntStream.of(bytes).asDoubleStream().toArray()
            : draw.normal((long) rows * width);
    int dimension = parts * width;
    double unit = type == DType.U8 ? 255 : 1;
    return new Bank(
        type,
        raw,
        width,
        parts,
        indexed ? draw.below((long) samples * parts, rows) : null,
        draw.uniform(dimension, 0.5 / unit, 2 / unit),
        draw.uniform(dimension, -1, 1));
  }

  int dimension() {
    return parts * width;
  }

  /** Clean sample b. */
  double[] sample(Rounding p, int b) {
    double[] x = new double[dimension()];
    for (int j = 0; j < x.length; j++) {
      int row = b * parts + j / width;
      if (index != null) row = index[row];
      x[j] = p.r(p.r(raw[row * width + j % width] * scale[j]) + shift[j]);
    }
    return x;
  }

  /** This bank in the memory of a device. */
  Gather on(Witness witness) {
    long rows = raw.length / width;
    View data = type == DType.U8 ? bytes(witness, rows) : witness.input(raw, rows, width);
    View rowOfPart = index == null ? null : witness.input(index, index.length / parts, parts);
    long dimension = dimension();
    return new Gather(
        data, rowOfPart, witness.input(scale, dimension), witness.input(shift, dimension));
  }

  private View bytes(Witness witness, long rows) {
    byte[] bytes = new byte[raw.length];
    for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) (int) raw[i];
    return witness.input(bytes, rows, width);
  }
}
