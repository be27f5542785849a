package dev.sild.bindings.cuda;

import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code ptxas -v} says of one kernel.
 *
 * @param registers a thread
 * @param shared bytes a block, without the dynamic ones
 * @param stack bytes a thread
 * @param spills bytes stored and loaded for want of registers
 */
record Ptxas(int registers, int shared, int stack, int spills) {
  private static final Pattern KERNEL =
      Pattern.compile(
          "Compiling entry function '(\\w+)'.*?(\\d+) bytes stack frame, (\\d+) bytes spill stores,"
              + " (\\d+) bytes spill loads\\s+ptxas info\\s+: Used (\\d+) registers([^\n]*)",
          Pattern.DOTALL);
  private static final Pattern SHARED = Pattern.compile("(\\d+) bytes smem");

  /** By kernel. */
  static Map<String, Ptxas> parse(String text) {
    Map<String, Ptxas> kernels = new TreeMap<>();
    for (Matcher m = KERNEL.matcher(text); m.find(); ) {
      Matcher shared = SHARED.matcher(m.group(6));
      kernels.put(
          m.group(1),
          new Ptxas(
              Integer.parseInt(m.group(5)),
              shared.find() ? Integer.parseInt(shared.group(1)) : 0,
              Integer.parseInt(m.group(2)),
              Integer.parseInt(m.group(3)) + Integer.parseInt(m.group(4))));
    }
    return kernels;
  }
}
