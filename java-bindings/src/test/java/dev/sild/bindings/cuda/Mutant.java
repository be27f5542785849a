package dev.sild.bindings.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A kernel with one instruction changed.
 *
 * @param line of the PTX, counted from 1
 * @param original that line
 * @param replacement what stands there instead
 * @param synchronisation whether a barrier, a wait or a commit is missing
 */
record Mutant(
    String kernel, int line, String original, String replacement, boolean synchronisation) {

  private static final Pattern SYNCHRONISATION =
      Pattern.compile("\\s(bar|barrier)\\.|cp\\.async\\.(wait|commit)");
  private static final Pattern FMA =
      Pattern.compile("^(\\s*(?:@!?%p\\d+ )?)(fma\\.rn\\.(f\\d\\d))(.*, )(\\S+);$");

  /** What an operator is exchanged for. */
  private enum Swap {
    ADD("\\badd\\.", "sub."),
    SUBTRACT("\\bsub\\.", "add."),
    MULTIPLY("\\bmul\\.rn\\.", "add.rn."),
    MULTIPLY_INTEGERS("\\bmul\\.lo\\.", "add."),
    LEAST("\\bmin\\.", "max."),
    LARGEST("\\bmax\\.", "min."),
    GREATER("\\bsetp\\.gt", "setp.ge"),
    NOT_LESS("\\bsetp\\.ge", "setp.gt"),
    LESS("\\bsetp\\.lt", "setp.le"),
    NOT_GREATER("\\bsetp\\.le", "setp.lt"),
    EQUAL("\\bsetp\\.eq", "setp.ne"),
    DIFFERENT("\\bsetp\\.ne", "setp.eq"),
    AND("\\band\\.", "or."),
    OR("\\bor\\.", "and.");

    private final Pattern operator;
    private final String other;

    Swap(String operator, String other) {
      this.operator = Pattern.compile(operator);
      this.other = other;
    }
  }

  /**
   * All missing synchronisations of a kernel but one before its end, and of each kind of exchanged
   * operator at most so many, evenly spread.
   */
  static List<Mutant> of(Ptx.Kernel kernel, int mostOfKind) {
    List<Mutant> mutants = new ArrayList<>();
    for (int i = 0; i < kernel.lines().size(); i++)
      if (SYNCHRONISATION.matcher(kernel.lines().get(i)).find() && !isLast(kernel, i))
        mutants.add(mutant(kernel, i, "", true));
    for (Swap swap : Swap.values()) {
      List<Mutant> ofKind = new ArrayList<>();
      for (int i = 0; i < kernel.lines().size(); i++) {
        Matcher operator = swap.operator.matcher(kernel.lines().get(i));
        if (operator.find())
          ofKind.add(mutant(kernel, i, operator.replaceFirst(swap.other), false));
      }
      mutants.addAll(spread(ofKind, mostOfKind));
    }
    mutants.addAll(spread(otherSigns(kernel), mostOfKind));
    return mutants;
  }

  /** Whether the thread ends next: a wait for copies that nobody reads, kept for tidiness. */
  private static boolean isLast(Ptx.Kernel kernel, int i) {
    return kernel.lines().subList(i + 1, kernel.lines().size()).stream()
        .map(String::strip)
        .filter(line -> !line.isEmpty() && !line.startsWith("//") && !line.endsWith(":"))
        .findFirst()
        .orElseThrow()
        .equals("ret;");
  }

  /** a b + c becomes a b − c. */
  private static List<Mutant> otherSigns(Ptx.Kernel kernel) {
    List<Mutant> mutants = new ArrayList<>();
    for (int i = 0; i < kernel.lines().size(); i++) {
      Matcher fma = FMA.matcher(kernel.lines().get(i));
      if (!fma.matches() || !fma.group(1).isBlank()) continue;
      String type = fma.group(3);
      String negated =
          "{ .reg .%s %%negated; neg.%s %%negated, %s; %s%s%%negated; }"
              .formatted(type, type, fma.group(5), fma.group(2), fma.group(4));
      mutants.add(mutant(kernel, i, negated, false));
    }
    return mutants;
  }

  private static Mutant mutant(Ptx.Kernel kernel, int i, String replacement, boolean sync) {
    String original = kernel.lines().get(i);
    return new Mutant(kernel.name(), kernel.first() + i, original, replacement, sync);
  }

  private static List<Mutant> spread(List<Mutant> all, int most) {
    if (all.size() <= most) return all;
    List<Mutant> some = new ArrayList<>();
    for (int i = 0; i < most; i++) some.add(all.get((int) ((i + 0.5) * all.size() / most)));
    return some;
  }

  @Override
  public String toString() {
    return "%s, line %d: %s → %s"
        .formatted(
            kernel,
            line,
            original.strip(),
            replacement.isEmpty() ? "nothing" : replacement.strip());
  }
}
