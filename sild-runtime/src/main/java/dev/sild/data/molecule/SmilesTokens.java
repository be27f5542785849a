package dev.sild.data.molecule;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * SMILES as tokens: an atom in brackets, "Cl", "Br" and a two-digit ring bond "%12" are one token
 * each, as is any other single character of the language.
 */
final class SmilesTokens {
  private static final Pattern TOKEN =
      Pattern.compile("\\[[^\\[\\]]+]|Cl|Br|[BCNOPSFIbcnops]|%\\d\\d|\\d|[-=#$:/\\\\.()~*]");

  private SmilesTokens() {}

  /**
   * Splits; the tokens joined are the string again.
   *
   * @throws IllegalArgumentException at a character that begins no token
   */
  static List<String> split(String smiles) {
    List<String> tokens = new ArrayList<>();
    Matcher m = TOKEN.matcher(smiles);
    int at = 0;
    for (; m.find() && m.start() == at; at = m.end()) tokens.add(m.group());
    if (at < smiles.length())
      throw new IllegalArgumentException(
          "the character '%c' at %d is not SMILES".formatted(smiles.charAt(at), at + 1));
    return tokens;
  }
}
