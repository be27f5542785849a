package dev.sild.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * One axis of a plot: the interval [low, high] of the data's unit, drawn from {@code from} to
 * {@code to}.
 */
record Axis(boolean log, double low, double high, double from, double to) {
  private static final String SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

  /** A line of the grid; without a label a minor one. */
  record Tick(double value, String label) {}

  /** An axis of the unit interval, over [low, high] and a little more. */
  static Axis over(double low, double high, boolean log) {
    if (!(low <= high)) return log ? new Axis(true, 1, 10, 0, 1) : new Axis(false, 0, 1, 0, 1);
    if (log) {
      double margin = low == high ? Math.sqrt(10) : Math.pow(high / low, 0.04);
      return new Axis(true, low / margin, high * margin, 0, 1);
    }
    double margin = low == high ? Math.max(Math.abs(low) * 0.5, 1e-300) : 0.04 * (high - low);
    if (low == high && low == 0) margin = 1;
    boolean fromZero = low >= 0 && low <= 0.25 * high && low < high;
    boolean toZero = high <= 0 && high >= 0.25 * low && low < high;
    return new Axis(false, fromZero ? 0 : low - margin, toZero ? 0 : high + margin, 0, 1);
  }

  /** The same interval between two places of the picture. */
  Axis between(double start, double end) {
    return new Axis(log, low, high, start, end);
  }

  /** The place of a value. */
  double at(double value) {
    double share =
        log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
    return from + share * (to - from);
  }

  /** Lines of the grid, at most some eight with labels. */
  List<Tick> ticks() {
    return log && high / low > 5 ? logTicks() : linearTicks();
  }

  private List<Tick> linearTicks() {
    double step = niceStep((high - low) / 5);
    double size = Math.max(Math.abs(low), Math.abs(high));
    List<Tick> ticks = new ArrayList<>();
    for (double i = Math.ceil(low / step - 1e-9); i <= high / step + 1e-9; i++)
      if (!log || i > 0) ticks.add(new Tick(i * step, linearLabel(i * step, step, size)));
    return ticks;
  }

  /** The nearest of 1, 2 or 5 times a power of ten. */
  private static double niceStep(double step) {
    double power = Math.pow(10, Math.floor(Math.log10(step)));
    double digits = step / power;
    return power * (digits < 1.4 ? 1 : digits < 3.2 ? 2 : digits < 7.1 ? 5 : 10);
  }

  private static String linearLabel(double value, double step, double size) {
    if (value == 0) return "0";
    if (size >= 1e12 || size < 1e-3 || step < 1e-6)
      return String.format(Locale.ROOT, "%.1e", value);
    String unit = size >= 1e9 ? "G" : size >= 1e6 ? "M" : size >= 1e4 ? "k" : "";
    double scale = size >= 1e9 ? 1e9 : size >= 1e6 ? 1e6 : size >= 1e4 ? 1e3 : 1;
    int decimals = Math.max(0, (int) -Math.floor(Math.log10(step / scale) + 1e-9));
    return String.format(Locale.ROOT, "%." + decimals + "f", value / scale) + unit;
  }

  private List<Tick> logTicks() {
    int first = (int) Math.floor(Math.log10(low));
    int last = (int) Math.ceil(Math.log10(high));
    double decades = Math.log10(high / low);
    int every = (int) Math.max(1, Math.ceil(decades / 8));
    boolean plain = Math.ceil(Math.log10(low)) >= -3 && Math.floor(Math.log10(high)) <= 4;
    List<Tick> ticks = new ArrayList<>();
    for (int exponent = first; exponent <= last; exponent++)
      for (int digit = 1; digit < 10; digit++) {
        if (digit > 1 && decades > 4) continue;
        double value = Double.parseDouble(digit + "e" + exponent);
        if (value < low || value > high) continue;
        boolean labelled =
            digit == 1 ? exponent % every == 0 : decades < 2 && (digit == 2 || digit == 5);
        ticks.add(new Tick(value, labelled ? logLabel(digit, exponent, plain) : ""));
      }
    return ticks;
  }

  private static String logLabel(int digit, int exponent, boolean plain) {
    if (plain)
      return String.format(
          Locale.ROOT, "%." + Math.max(0, -exponent) + "f", digit * Math.pow(10, exponent));
    StringBuilder label = new StringBuilder(digit == 1 ? "10" : digit + "·10");
    if (exponent < 0) label.append('⁻');
    String.valueOf(Math.abs(exponent))
        .chars()
        .forEach(figure -> label.append(SUPERSCRIPTS.charAt(figure - '0')));
    return label.toString();
  }
}
