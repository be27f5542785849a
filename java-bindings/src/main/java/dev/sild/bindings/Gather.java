package dev.sild.bindings;

/**
 * Where clean samples come from: row {@code index[b, c]} of {@code data} becomes part c of sample
 * b, and coordinate j becomes {@code raw · scale[j] + shift[j]}.
 *
 * @param data (rows, width), u8 or f32
 * @param index (B, parts) i32, or null: sample b is rows b·parts … b·parts + parts − 1
 * @param scale (parts · width)
 * @param shift (parts · width)
 */
public record Gather(View data, View index, View scale, View shift) {

  /** Coordinates of a sample. */
  public long dimension() {
    return scale.elements();
  }

  /** Rows of data that make a sample. */
  public int parts() {
    return Math.toIntExact(dimension() / data.columns());
  }
}
