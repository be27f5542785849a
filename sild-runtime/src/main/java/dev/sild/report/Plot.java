package dev.sild.report;

import static dev.sild.report.Markup.escape;

import dev.sild.report.Axis.Tick;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Curves over common axes, drawn as one SVG element. Its colours are classes that the style sheet
 * of {@link Report} defines.
 *
 * @param title what the picture shows; empty for none
 * @param xLabel name and unit of x
 * @param yLabel name and unit of y
 * @param logX logarithmic in x: points with x ≤ 0 are left out
 * @param logY logarithmic in y: points with y ≤ 0 are left out
 */
public record Plot(
    String title, String xLabel, String yLabel, boolean logX, boolean logY, List<Curve> curves) {
  /** Colours that are told apart; further curves begin again, dashed. */
  static final int COLOURS = 8;

  private static final int WIDTH = 520;
  private static final int HEIGHT = 320;
  private static final int TOP = 28;
  private static final int BOTTOM = 44;
  private static final int RIGHT = 14;
  private static final double CHARACTER = 6.4; // a digit of 11 px
  private static final int FEW = 33;
  private static final int MANY = 1000;

  public Plot {
    curves = List.copyOf(curves);
  }

  /** The picture: an SVG element with a view box and no size of its own. */
  public String svg() {
    Axis y = axis(Curve::y, logY).between(HEIGHT - BOTTOM, TOP);
    int digits = y.ticks().stream().mapToInt(tick -> tick.label().length()).max().orElse(1);
    double left = 14 + CHARACTER * Math.max(2, digits);
    Axis x = axis(Curve::x, logX).between(left, WIDTH - RIGHT);
    StringBuilder svg = new StringBuilder();
    svg.append("<svg viewBox=\"0 0 %d %d\" role=\"img\" ".formatted(WIDTH, HEIGHT));
    svg.append("aria-label=\"%s\">\n".formatted(escape(title.isEmpty() ? yLabel : title)));
    grid(svg, x, y);
    for (int i = 0; i < curves.size(); i++) draw(svg, curves.get(i), i, x, y);
    return svg.append("</svg>\n").toString();
  }

  static boolean dashed(Curve curve, int place) {
    return curve.style() == Curve.Style.DASHED || place / COLOURS % 2 == 1;
  }

  private Axis axis(Function<Curve, double[]> coordinate, boolean log) {
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (Curve curve : curves)
      for (int i = 0; i < curve.x().length; i++) {
        if (!shown(curve, i)) continue;
        low = Math.min(low, coordinate.apply(curve)[i]);
        high = Math.max(high, coordinate.apply(curve)[i]);
      }
    return Axis.over(low, high, log);
  }

  private boolean drawn(Curve curve) {
    return IntStream.range(0, curve.x().length).anyMatch(i -> shown(curve, i));
  }

  private boolean shown(Curve curve, int i) {
    double x = curve.x()[i];
    double y = curve.y()[i];
    return Double.isFinite(x) && Double.isFinite(y) && !(logX && x <= 0) && !(logY && y <= 0);
  }

  private void grid(StringBuilder svg, Axis x, Axis y) {
    for (Tick tick : y.ticks()) {
      double place = y.at(tick.value());
      line(svg, tick, x.from(), place, x.to(), place);
      text(svg, "end", x.from() - 7, place + 4, tick.label());
    }
    double edge = x.from();
    for (Tick tick : x.ticks()) {
      double place = x.at(tick.value());
      line(svg, tick, place, y.from(), place, y.to());
      double half = 0.5 * CHARACTER * tick.label().length();
      if (place - half < edge || place + half > WIDTH) continue; // it would run into another
      text(svg, "middle", place, y.from() + 17, tick.label());
      if (!tick.label().isEmpty()) edge = place + half + CHARACTER;
    }
    if (curves.stream().noneMatch(this::drawn))
      text(svg, "middle", (x.from() + x.to()) / 2, (y.from() + y.to()) / 2, "no data");
    svg.append(
        "<path class=\"axis\" d=\"M%s %sV%sH%s\"/>\n"
            .formatted(number(x.from()), number(y.to()), number(y.from()), number(x.to())));
    text(svg, "name", 2, 14, yLabel);
    text(svg, "name end", x.to(), HEIGHT - 8, xLabel);
  }

  private static void line(
      StringBuilder svg, Tick tick, double x1, double y1, double x2, double y2) {
    svg.append(
        "<path class=\"%s\" d=\"M%s %sL%s %s\"/>\n"
            .formatted(
                tick.label().isEmpty() ? "minor" : "major",
                number(x1),
                number(y1),
                number(x2),
                number(y2)));
  }

  private static void text(StringBuilder svg, String kind, double x, double y, String label) {
    if (label.isEmpty()) return;
    svg.append(
        "<text class=\"%s\" x=\"%s\" y=\"%s\">%s</text>\n"
            .formatted(kind, number(x), number(y), escape(label)));
  }

  private void draw(StringBuilder svg, Curve curve, int place, Axis x, Axis y) {
    int[] kept = thinned(curve);
    StringBuilder path = new StringBuilder();
    List<String> marks = new ArrayList<>();
    boolean pen = false;
    for (int i : kept) {
      boolean shown = shown(curve, i);
      if (shown) {
        String across = number(x.at(curve.x()[i]));
        String up = number(y.at(curve.y()[i]));
        path.append(pen ? 'L' : 'M').append(across).append(' ').append(up);
        marks.add("<circle cx=\"%s\" cy=\"%s\" r=\"2.8\"/>".formatted(across, up));
      }
      pen = shown;
    }
    boolean points = curve.style() == Curve.Style.POINTS;
    svg.append("<g class=\"s%d\">".formatted(place % COLOURS));
    if (!points && !path.isEmpty()) {
      String kind =
          dashed(curve, place) ? "curve dashed" : kept.length > MANY ? "curve dense" : "curve";
      svg.append("<path class=\"%s\" d=\"%s\"/>".formatted(kind, path));
    }
    if (points || curve.style() == Curve.Style.LINE && marks.size() < FEW)
      marks.forEach(svg::append);
    svg.append("</g>\n");
  }

  /** All places, or of each stretch of a long curve the lowest and the highest: no peak is lost. */
  private int[] thinned(Curve curve) {
    double[] y = curve.y();
    int stretch = Math.max(1, Math.ceilDiv(y.length, MANY));
    List<Integer> kept = new ArrayList<>();
    for (int first = 0; first < y.length; first += stretch) {
      int low = -1;
      int high = -1;
      for (int i = first; i < Math.min(first + stretch, y.length); i++) {
        if (!shown(curve, i)) continue;
        if (low < 0 || y[i] < y[low]) low = i;
        if (high < 0 || y[i] > y[high]) high = i;
      }
      kept.add(low < 0 ? first : Math.min(low, high)); // nothing to show: a gap
      if (low != high) kept.add(Math.max(low, high));
    }
    return kept.stream().mapToInt(i -> i).toArray();
  }

  private static String number(double value) {
    String text = String.format(Locale.ROOT, "%.1f", value);
    return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
  }
}
