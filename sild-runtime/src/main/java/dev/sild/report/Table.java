package dev.sild.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Rows of figures, printed on a terminal and reported in HTML from one structure. A column is
 * right-aligned where all of its cells are numbers (with a unit or a spread, if they like).
 *
 * @param header names of the columns
 * @param rows cells, as many in each row as there are columns
 */
public record Table(List<String> header, List<List<String>> rows) {
  /** What stands for an undefined figure. */
  public static final String UNDEFINED = "-";

  private static final Pattern NUMBER =
      Pattern.compile(
          "[-+<>≈]?\\s?\\d[\\d,]*(\\.\\d+)?([eE][-+]?\\d+)?(\\s?[%×]|\\s[\\p{L}/²³°]{1,10})?"
              + "(\\s±\\s\\d[\\d,]*(\\.\\d+)?([eE][-+]?\\d+)?)?");

  public Table {
    header = List.copyOf(header);
    int columns = header.size();
    rows = rows.stream().map(List::copyOf).toList();
    for (List<String> row : rows)
      if (row.size() != columns)
        throw new IllegalArgumentException(
            "%d cells in a table of %d columns: %s".formatted(row.size(), columns, row));
  }

  /** A table without rows yet. */
  public static Table of(String... header) {
    return new Table(Arrays.asList(header), List.of());
  }

  /**
   * This table and one more row. Real numbers get four significant digits, whole numbers commas
   * between thousands; null, NaN and infinities are undefined.
   */
  public Table row(Object... cells) {
    List<List<String>> more = new ArrayList<>(rows);
    more.add(Arrays.stream(cells).map(Table::cell).toList());
    return new Table(header, more);
  }

  /** Whether a column holds nothing but numbers and undefined figures, one number at least. */
  public boolean numeric(int column) {
    List<String> cells =
        rows.stream().map(row -> row.get(column)).filter(cell -> !undefined(cell)).toList();
    return !cells.isEmpty() && cells.stream().allMatch(cell -> NUMBER.matcher(cell).matches());
  }

  /** Four significant digits, in scientific notation below 0.001 and from 100,000 on. */
  public static String figure(double value) {
    if (!Double.isFinite(value)) return UNDEFINED;
    if (value == 0) return "0";
    BigDecimal rounded = new BigDecimal(value).round(new MathContext(4));
    double size = rounded.abs().doubleValue();
    if (size < 1e-3 || size >= 1e5) return String.format(Locale.ROOT, "%.3e", value);
    int decimals = Math.max(0, 3 - (int) Math.floor(Math.log10(size)));
    return String.format(Locale.ROOT, "%,." + decimals + "f", rounded);
  }

  /** "0.0713 ± 0.0028": a mean with its spread to two significant digits. */
  public static String spread(double mean, double spread) {
    if (!Double.isFinite(mean)) return UNDEFINED;
    if (!Double.isFinite(spread)) return figure(mean);
    if (spread == 0) return figure(mean) + " ± 0";
    int decimals = 1 - (int) Math.floor(Math.log10(Math.abs(spread)));
    if (decimals > 6 || Math.abs(mean) >= 1e8)
      return String.format(Locale.ROOT, "%.3e ± %.1e", mean, spread);
    String format = "%,." + Math.max(0, decimals) + "f";
    return String.format(Locale.ROOT, format + " ± " + format, mean, spread);
  }

  /** Lines for a terminal: header, rule, rows; two spaces between columns, none at the end. */
  @Override
  public String toString() {
    int[] widths =
        IntStream.range(0, header.size())
            .map(j -> Math.max(width(header.get(j)), columnWidth(j)))
            .toArray();
    List<String> rule = Arrays.stream(widths).mapToObj("-"::repeat).toList();
    StringBuilder text = new StringBuilder(line(header, widths)).append(line(rule, widths));
    rows.forEach(row -> text.append(line(row, widths)));
    return text.toString();
  }

  /** The same as a table of Markdown. */
  public String markdown() {
    List<String> rule =
        IntStream.range(0, header.size()).mapToObj(j -> numeric(j) ? "---:" : "---").toList();
    StringBuilder text = new StringBuilder();
    for (List<String> cells : List.of(header, rule)) text.append(piped(cells));
    rows.forEach(cells -> text.append(piped(cells)));
    return text.toString();
  }

  private static String piped(List<String> cells) {
    return cells.stream()
        .map(cell -> cell.replace("|", "\\|"))
        .collect(Collectors.joining(" | ", "| ", " |\n"));
  }

  static boolean undefined(String cell) {
    return cell.isEmpty() || cell.equals(UNDEFINED);
  }

  private String line(List<String> cells, int[] widths) {
    return IntStream.range(0, widths.length)
            .mapToObj(j -> padded(cells.get(j), widths[j], numeric(j)))
            .collect(Collectors.joining("  "))
            .stripTrailing()
        + "\n";
  }

  private static String padded(String cell, int width, boolean right) {
    String space = " ".repeat(width - width(cell));
    return right ? space + cell : cell + space;
  }

  private int columnWidth(int column) {
    return rows.stream().mapToInt(row -> width(row.get(column))).max().orElse(0);
  }

  private static int width(String cell) {
    return cell.codePointCount(0, cell.length());
  }

  private static String cell(Object value) {
    return switch (value) {
      case null -> UNDEFINED;
      case Double number -> figure(number);
      case Float number -> figure(number);
      case Integer number -> String.format(Locale.ROOT, "%,d", number);
      case Long number -> String.format(Locale.ROOT, "%,d", number);
      default -> value.toString();
    };
  }
}
