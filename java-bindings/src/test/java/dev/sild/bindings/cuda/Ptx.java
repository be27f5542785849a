package dev.sild.bindings.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** PTX text, line by line: nvcc writes one instruction a line. */
final class Ptx {
  private static final Pattern ENTRY = Pattern.compile("\\.entry (\\w+)\\(");

  private final List<String> lines;

  /**
   * A kernel's body.
   *
   * @param first the line of its opening brace, counted from 1
   * @param lines from there to the closing brace
   */
  record Kernel(String name, int first, List<String> lines) {
    String text() {
      return String.join("\n", lines);
    }

    /** How often a piece of text stands in the body. */
    long count(String piece) {
      return lines.stream().filter(line -> line.contains(piece)).count();
    }
  }

  Ptx(String text) {
    lines = text.lines().toList();
  }

  List<Kernel> kernels() {
    List<Kernel> kernels = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      Matcher entry = ENTRY.matcher(lines.get(i));
      if (!entry.find()) continue;
      int begin = i;
      while (!lines.get(begin).equals("{")) begin++;
      int end = begin;
      while (!lines.get(end).equals("}")) end++;
      kernels.add(new Kernel(entry.group(1), begin + 1, lines.subList(begin, end + 1)));
    }
    return kernels;
  }

  /**
   * The text with another line in one place, counted from 1, and without the kernels that are not
   * named. Every line keeps its number.
   */
  String with(int line, String replacement, Set<String> names) {
    List<String> changed = new ArrayList<>(lines);
    for (Kernel kernel : kernels()) {
      if (names.contains(kernel.name())) continue;
      int end = kernel.first() + kernel.lines().size();
      for (int i = declaration(kernel); i < end; i++) changed.set(i - 1, "");
    }
    changed.set(line - 1, replacement);
    return String.join("\n", changed) + "\n";
  }

  String line(int number) {
    return lines.get(number - 1);
  }

  /** The line on which a kernel's declaration begins. */
  private int declaration(Kernel kernel) {
    int line = kernel.first();
    while (!lines.get(line - 1).contains(".entry")) line--;
    return line;
  }
}
