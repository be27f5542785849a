package dev.sild.report;

/**
 * A curve of a {@link Plot}. Points that are not finite, or not positive on a logarithmic axis, are
 * gaps.
 *
 * @param name what the legend says; empty for no entry
 * @param x (n)
 * @param y (n)
 * @param style how it is drawn
 */
public record Curve(String name, double[] x, double[] y, Style style) {

  /** How a curve is drawn. */
  public enum Style {
    /** A line, with markers where they are few. */
    LINE,
    /** A dashed line, as for theory or a limit. */
    DASHED,
    /** Markers alone, as for measurements. */
    POINTS,
    /** A line without markers, as for histograms. */
    OUTLINE
  }

  public Curve {
    if (x.length != y.length)
      throw new IllegalArgumentException("%s: %d x, %d y".formatted(name, x.length, y.length));
  }

  /** A curve drawn as a line. */
  public Curve(String name, double[] x, double[] y) {
    this(name, x, y, Style.LINE);
  }
}
