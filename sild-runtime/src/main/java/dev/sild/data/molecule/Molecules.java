package dev.sild.data.molecule;

import static java.util.stream.Collectors.toList;

import dev.sild.UserException;
import dev.sild.data.Subset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A set of distinct valid molecules and what is known of their activity.
 *
 * @param smiles (n) canonical
 * @param tasks names of the activities, maybe none
 * @param labels (n, tasks) 1 active, 0 inactive, −1 not known
 * @param invalid rows that are left out
 * @param rows of the file that had a molecule, those left out with them
 * @param duplicates rows that were a molecule which came before
 */
public record Molecules(
    List<String> smiles,
    List<String> tasks,
    byte[] labels,
    List<Invalid> invalid,
    int rows,
    int duplicates) {
  /** Label of what is not known. */
  public static final byte UNKNOWN = -1;

  /** Copies the lists, and checks that there is a label of each molecule and task. */
  public Molecules {
    smiles = List.copyOf(smiles);
    tasks = List.copyOf(tasks);
    invalid = List.copyOf(invalid);
    if (labels.length != smiles.size() * tasks.size())
      throw new IllegalArgumentException(
          "%d labels of %d molecules for %d tasks"
              .formatted(labels.length, smiles.size(), tasks.size()));
  }

  /**
   * A row that is no valid molecule.
   *
   * @param row of the file, from 1, without the header
   * @param smiles as it stands there
   * @param fault what is wrong, as {@link Verdict} says it
   */
  public record Invalid(long row, String smiles, String fault) {
    private static final int SHOWN = 3;

    /** The commonest faults of some rows, a line for each with its first row. */
    static String faults(List<Invalid> rows) {
      Map<String, List<Invalid>> kinds =
          rows.stream().collect(Collectors.groupingBy(Invalid::fault, TreeMap::new, toList()));
      StringBuilder text = new StringBuilder();
      int others = rows.size();
      for (List<Invalid> kind :
          kinds.values().stream()
              .sorted(Comparator.comparingInt(k -> -k.size()))
              .limit(SHOWN)
              .toList()) {
        Invalid first = kind.getFirst();
        others -= kind.size();
        text.append(
            "%n  %,d × %s, as row %d: %s"
                .formatted(kind.size(), first.fault, first.row, first.smiles));
      }
      if (others > 0)
        text.append(
            "%n  … and %,d rows of %,d other kinds".formatted(others, kinds.size() - SHOWN));
      return text.toString();
    }
  }

  /** Two disjoint parts of one set. */
  public record Split(Molecules training, Molecules heldOut) {}

  /** How many. */
  public int size() {
    return smiles.size();
  }

  /** Label of a molecule for a task: 1, 0, or {@link #UNKNOWN}. */
  public byte label(int molecule, int task) {
    return labels[molecule * tasks.size() + task];
  }

  /** The given molecules, in their order; the counts of the file stay. */
  public Molecules select(int[] rows) {
    int k = tasks.size();
    byte[] chosen = new byte[rows.length * k];
    List<String> some = new ArrayList<>(rows.length);
    for (int i = 0; i < rows.length; i++) {
      some.add(smiles.get(rows[i]));
      System.arraycopy(labels, rows[i] * k, chosen, i * k, k);
    }
    return new Molecules(some, tasks, chosen, invalid, this.rows, duplicates);
  }

  /**
   * Holds out a share, drawn at random.
   *
   * @param share between 0 and 1
   * @throws UserException if a part would be empty
   */
  public Split randomSplit(double share, int seed) {
    int out = heldOut(share);
    boolean[] held = new boolean[size()];
    for (int i : Subset.draw(size(), out, new SplittableRandom(seed))) held[i] = true;
    return split(held);
  }

  /**
   * Holds out about a share, so that no scaffold is in both parts: scaffolds by falling number of
   * their molecules, ties in the order of the data, go to training as long as they fit (Ramsundar
   * et al., DeepChem). So the held-out molecules have the rare scaffolds.
   *
   * @param share between 0 and 1
   * @throws UserException if a part would be empty
   */
  public Split scaffoldSplit(double share) {
    int room = size() - heldOut(share);
    List<String> scaffolds =
        smiles.parallelStream().map(molecule -> Scaffold.of(molecule).smiles()).toList();
    Map<String, List<Integer>> groups = new LinkedHashMap<>();
    for (int i = 0; i < size(); i++)
      groups.computeIfAbsent(scaffolds.get(i), _ -> new ArrayList<>()).add(i);
    boolean[] held = new boolean[size()];
    int training = 0;
    for (List<Integer> group :
        groups.values().stream().sorted(Comparator.comparingInt(g -> -g.size())).toList()) {
      if (training + group.size() <= room) training += group.size();
      else group.forEach(i -> held[i] = true);
    }
    if (training == 0)
      throw new UserException(
          "one scaffold has more molecules than training has room for: split at random");
    return split(held);
  }

  private int heldOut(double share) {
    int out = (int) Math.round(share * size());
    if (!(share > 0 && share < 1) || out < 1 || out >= size())
      throw new UserException(
          "a share of %s of %,d molecules leaves a part empty: give more, or another share"
              .formatted(share, size()));
    return out;
  }

  private Split split(boolean[] held) {
    return new Split(
        select(IntStream.range(0, size()).filter(i -> !held[i]).toArray()),
        select(IntStream.range(0, size()).filter(i -> held[i]).toArray()));
  }
}
