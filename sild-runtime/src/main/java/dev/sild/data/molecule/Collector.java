package dev.sild.data.molecule;

import dev.sild.UserException;
import dev.sild.data.molecule.MoleculeFile.Row;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Judges rows and keeps the first of each molecule. */
final class Collector {
  private final int tasks;
  private final Map<String, byte[]> labels = new LinkedHashMap<>(); // by canonical form
  private final List<Molecules.Invalid> invalid = new ArrayList<>();

  private Collector(int tasks) {
    this.tasks = tasks;
  }

  /**
   * Collects.
   *
   * @param source for the message
   * @throws UserException if no row is valid
   */
  static Molecules collect(List<String> tasks, List<Row> rows, String source) {
    List<Verdict> verdicts = rows.parallelStream().map(row -> Verdict.of(row.smiles())).toList();
    Collector collector = new Collector(tasks.size());
    for (int i = 0; i < rows.size(); i++) collector.add(rows.get(i), verdicts.get(i));
    return collector.result(tasks, rows.size(), source);
  }

  private void add(Row row, Verdict verdict) {
    if (!verdict.valid()) {
      invalid.add(
          new Molecules.Invalid(
              row.number(), MoleculeFile.few(row.smiles()), MoleculeFile.few(verdict.fault())));
      return;
    }
    byte[] known = labels.putIfAbsent(verdict.canonical(), row.labels());
    for (int i = 0; known != null && i < tasks; i++) known[i] = both(known[i], row.labels()[i]);
  }

  /** What two rows know of one molecule: nothing, where they contradict each other. */
  private static byte both(byte a, byte b) {
    if (a == Molecules.UNKNOWN) return b;
    return b == Molecules.UNKNOWN || a == b ? a : Molecules.UNKNOWN;
  }

  private Molecules result(List<String> tasks, int rows, String source) {
    if (labels.isEmpty())
      throw new UserException(
          rows == 0
              ? source + ": has no row: give at least one molecule"
              : "%s: none of %,d rows is a valid molecule; the first: %s: %s"
                  .formatted(
                      source, rows, invalid.getFirst().smiles(), invalid.getFirst().fault()));
    byte[] all = new byte[labels.size() * this.tasks];
    int at = 0;
    for (byte[] some : labels.values()) {
      System.arraycopy(some, 0, all, at, this.tasks);
      at += this.tasks;
    }
    List<String> smiles = new ArrayList<>(labels.keySet());
    return new Molecules(smiles, tasks, all, invalid, rows, rows - invalid.size() - smiles.size());
  }
}
