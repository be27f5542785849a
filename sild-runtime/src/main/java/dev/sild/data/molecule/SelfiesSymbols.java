package dev.sild.data.molecule;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The numbers that SELFIES writes after a branch or a ring symbol, to the base 16. */
final class SelfiesSymbols {
  /** The digits 0 … 15. */
  static final List<String> DIGITS =
      List.of(
          "[C]",
          "[Ring1]",
          "[Ring2]",
          "[Branch1]",
          "[=Branch1]",
          "[#Branch1]",
          "[Branch2]",
          "[=Branch2]",
          "[#Branch2]",
          "[O]",
          "[N]",
          "[=N]",
          "[=C]",
          "[#C]",
          "[S]",
          "[P]");

  /** One more than the largest number that three symbols can write. */
  static final int LIMIT = 16 * 16 * 16;

  private static final Map<String, Integer> VALUES = new HashMap<>();

  static {
    for (int i = 0; i < DIGITS.size(); i++) VALUES.put(DIGITS.get(i), i);
  }

  private SelfiesSymbols() {}

  /**
   * Writes a number in as few symbols as it takes, at least one.
   *
   * @throws IllegalArgumentException if it takes more than three
   */
  static List<String> number(int value) {
    if (value >= LIMIT) throw new IllegalArgumentException("a ring or a branch is too long");
    List<String> symbols = new ArrayList<>();
    for (int rest = value; symbols.isEmpty() || rest > 0; rest /= 16)
      symbols.addFirst(DIGITS.get(rest % 16));
    return symbols;
  }

  /** Any symbol as a digit: 0 if it is none, or null. */
  static int digit(String symbol) {
    return symbol == null ? 0 : VALUES.getOrDefault(symbol, 0);
  }

  /** "", "=" or "#". */
  static String bond(int order) {
    return order == 2 ? "=" : order == 3 ? "#" : "";
  }
}
