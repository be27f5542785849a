package dev.sild.data.molecule;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.sild.Progress;
import dev.sild.UserException;
import dev.sild.data.DataSet;
import dev.sild.data.TokenShape;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * How molecules become training and held-out samples.
 *
 * @param length tokens of a sample, longer molecules being left out; 0 for as many as the longest
 *     has
 * @param heldOut share that is never trained on
 * @param task whose activities are the labels; empty for none
 */
public record MoleculeSet(Notation notation, Split split, int length, double heldOut, String task) {
  private static final int SEED = 1; // every run holds out the same molecules
  private static final List<String> ACTIVITIES = List.of("inactive", "active");
  private static final String NOT_KNOWN = "unknown";

  /** Which molecules are held out. */
  public enum Split {
    /** Any. */
    @JsonProperty("random")
    RANDOM,
    /** Those of rare Bemis–Murcko scaffolds, which are then not trained on at all. */
    @JsonProperty("scaffold")
    SCAFFOLD
  }

  /**
   * Reads, spells and splits.
   *
   * @param source a file as MoleculeNet publishes it, or {@code enumerate:N}
   * @param cache folder for what was read, made if it is not there
   * @throws UserException if it is not there, damaged, or nothing of it fits
   */
  public DataSet.Molecules load(String source, Path cache, Progress progress) {
    progress.say("reading molecules of " + source);
    Molecules all = MoleculeFile.open(source, task.isEmpty() ? List.of() : List.of(task), cache);
    if (!all.invalid().isEmpty())
      progress.say(
          "%,d of %,d rows are no valid molecules:%s"
              .formatted(
                  all.invalid().size(), all.rows(), Molecules.Invalid.faults(all.invalid())));
    Molecules.Split parts =
        switch (split) {
          case RANDOM -> all.randomSplit(heldOut, SEED);
          case SCAFFOLD -> all.scaffoldSplit(heldOut);
        };
    List<List<String>> training = notation.spell(parts.training().smiles());
    List<List<String>> kept = notation.spell(parts.heldOut().smiles());
    Vocabulary vocabulary = Vocabulary.of(notation, training);
    int tokens = length > 0 ? length : longest(training);
    Part trained = part(parts.training(), vocabulary.encode(training, tokens));
    Part heldOutPart = part(parts.heldOut(), vocabulary.encode(kept, tokens));
    if (trained.bank.count() == 0 || heldOutPart.bank.count() == 0)
      throw new UserException(
          "%s: of %,d molecules none of %d tokens is left to train on, or to hold out"
              .formatted(source, all.size(), tokens));
    return new DataSet.Molecules(
        name(source),
        trained.bank,
        heldOutPart.bank,
        new TokenShape(tokens, vocabulary),
        classes(all),
        "split %s%s"
            .formatted(
                split == Split.RANDOM ? "at random" : "by scaffold",
                omitted(all, trained.left + heldOutPart.left)));
  }

  /**
   * @param left molecules that could not be encoded
   */
  private record Part(TokenBank bank, int left) {}

  private static Part part(Molecules molecules, Vocabulary.Encoded rows) {
    Molecules fitting = molecules.select(rows.molecules());
    byte[] labels = new byte[rows.count()];
    if (!molecules.tasks().isEmpty())
      for (int i = 0; i < labels.length; i++) {
        byte label = fitting.label(i, 0);
        labels[i] = label == Molecules.UNKNOWN ? (byte) ACTIVITIES.size() : label;
      }
    return new Part(
        new TokenBank(rows.tokens(), rows.length(), fitting.smiles(), labels),
        rows.unwritable() + rows.unknown() + rows.tooLong());
  }

  private List<String> classes(Molecules all) {
    if (task.isEmpty()) return List.of();
    for (byte label : all.labels())
      if (label == Molecules.UNKNOWN)
        return List.of(ACTIVITIES.get(0), ACTIVITIES.get(1), NOT_KNOWN);
    return ACTIVITIES;
  }

  private static int longest(List<List<String>> spelled) {
    return spelled.stream().filter(Objects::nonNull).mapToInt(List::size).max().orElse(1);
  }

  private static String omitted(Molecules all, int unfit) {
    return ", left out: %,d invalid, %,d repeated, %,d that do not fit"
        .formatted(all.invalid().size(), all.duplicates(), unfit);
  }

  private static String name(String source) {
    String file = Path.of(source).getFileName().toString();
    return file.replaceFirst("\\.csv(\\.gz)?$", "");
  }
}
