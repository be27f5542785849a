package dev.sild.data;

import dev.sild.UserException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/** Reads rows of numbers from text; the rules are those of {@link Vectors#read}. */
final class Csv implements AutoCloseable {
  private final Path path;
  private final BufferedReader text;
  private String separator; // null: none seen yet; blank: any run of blanks
  private float[] data = new float[1024];
  private int size;
  private int rows;
  private int width;
  private long line;

  Csv(Path path) throws IOException {
    this.path = path;
    this.text =
        new BufferedReader(
            new InputStreamReader(InputFile.open(path), StandardCharsets.UTF_8), 1 << 16);
  }

  @Override
  public void close() throws IOException {
    text.close();
  }

  Vectors read() throws IOException {
    for (String row = text.readLine(); row != null; row = text.readLine()) {
      line++;
      int comment = row.indexOf('#');
      String content = comment < 0 ? row : row.substring(0, comment);
      if (line == 1 && content.startsWith("\uFEFF")) {
        content = content.substring(1); // Windows programs begin with a byte order mark
      }
      if (!content.isBlank()) {
        addRow(content);
      }
    }
    if (rows == 0) {
      throw new UserException(path + ": holds no row of numbers: give at least one");
    }
    return new Vectors(Arrays.copyOf(data, size), rows, width);
  }

  private void addRow(String content) {
    boolean first = separator == null;
    if (first) {
      separator = separatorOf(content);
    }
    String[] fields =
        separator.isBlank() && !separator.equals("\t")
            ? content.strip().split("\\s+")
            : content.split(separator, -1);
    if (first) {
      width = fields.length;
      if (Arrays.stream(fields).noneMatch(Csv::isNumber)) {
        return; // the header
      }
    }
    if (fields.length != width) {
      throw bad("line %d has %d columns, not %d: make them equal", line, fields.length, width);
    }
    grow();
    for (int column = 1; column <= width; column++) {
      data[size++] = number(fields[column - 1], column);
    }
    rows++;
  }

  private static String separatorOf(String content) {
    for (String candidate : new String[] {";", "\t", ","}) {
      if (content.contains(candidate)) {
        return candidate;
      }
    }
    return " ";
  }

  private void grow() {
    long needed = (long) size + width;
    if (needed > Integer.MAX_VALUE - 8) {
      throw bad("holds 2^31 numbers or more: give fewer rows");
    }
    if (needed > data.length) {
      long doubled = Math.min(2L * data.length, Integer.MAX_VALUE - 8);
      data = Arrays.copyOf(data, (int) Math.max(needed, doubled));
    }
  }

  private float number(String field, int column) {
    String text = bare(field);
    if (text.isEmpty()) {
      throw bad("line %d, column %d is empty: fill it or drop the line", line, column);
    }
    float value;
    try {
      value = plain(text) ? Float.parseFloat(text) : Float.NaN;
    } catch (NumberFormatException e) {
      value = Float.NaN;
    }
    if (Float.isFinite(value)) {
      return value;
    }
    if (isNumber(text)) {
      throw bad(
          "line %d, column %d: %s is not finite in f32: drop the line or replace it",
          line, column, shown(text));
    }
    throw bad(
        "line %d, column %d: '%s' is not a number: write numbers like -1.5e3",
        line, column, shown(text));
  }

  /** Any number, finite or not, as it is usually written. */
  private static boolean isNumber(String field) {
    String text = bare(field).toLowerCase(Locale.ROOT);
    if (!plain(text)) {
      return text.matches("[+-]?(nan|inf|infinity)");
    }
    try {
      Float.parseFloat(text);
      return true;
    } catch (NumberFormatException e) {
      return false;
    }
  }

  /** Java would also take 1f, 0x1p3, NaN: only digits, sign, point and exponent are plain. */
  private static boolean plain(String text) {
    for (int i = 0; i < text.length(); i++) {
      if ("0123456789+-.eE".indexOf(text.charAt(i)) < 0) {
        return false;
      }
    }
    return !text.isEmpty();
  }

  private static String bare(String field) {
    String text = field.strip();
    boolean quoted = text.length() >= 2 && text.startsWith("\"") && text.endsWith("\"");
    return quoted ? text.substring(1, text.length() - 1).strip() : text;
  }

  private static String shown(String text) {
    String line = text.replaceAll("\\p{Cntrl}|\\x{FFFD}", "?"); // one line, whatever the bytes
    return line.length() <= 24 ? line : line.substring(0, 24) + "…";
  }

  private UserException bad(String problem, Object... arguments) {
    return new UserException(path + ": " + problem.formatted(arguments));
  }
}
