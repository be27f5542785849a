package dev.sild.data.molecule;

import dev.sild.UserException;
import dev.sild.data.InputFile;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.zip.ZipException;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.apache.commons.csv.DuplicateHeaderMode;

/**
 * Reads molecules from a CSV file with a header, as MoleculeNet publishes them ({@code qm9.csv},
 * {@code HIV.csv}, {@code muv.csv.gz}, {@code pcba.csv.gz}), packed by gzip or not.
 *
 * <p>The molecules stand in the column {@code smiles}, whatever its case. Each is judged and
 * written in its canonical form, on all cores; what is invalid, and what came before, is left out
 * and counted.
 */
public final class MoleculeFile {
  private static final String SMILES = "smiles";
  private static final String ENUMERATE = "enumerate:";

  private MoleculeFile() {}

  /** One row of a file before it is judged. */
  record Row(long number, String smiles, byte[] labels) {}

  /**
   * What {@code --data} names.
   *
   * @param source a file for {@link #read}, or {@code enumerate:N} for {@link #enumerate}, which
   *     has no activities
   * @param tasks as {@link #read} has them
   * @param cache as {@link #read} has it
   * @throws UserException as they throw it
   */
  public static Molecules open(String source, List<String> tasks, Path cache) {
    if (!source.startsWith(ENUMERATE)) return read(Path.of(source), tasks, cache);
    if (!tasks.isEmpty())
      throw new UserException(source + ": has no activities: name a file, or none of them");
    String number = source.substring(ENUMERATE.length());
    if (!number.matches("[1-7]"))
      throw new UserException(
          source + ": cannot be enumerated: give 1 to 7 heavy atoms, as in enumerate:7");
    return enumerate(Integer.parseInt(number), cache);
  }

  /**
   * Reads.
   *
   * @param tasks columns with activities: 1, 0 or nothing; maybe none
   * @param cache folder that keeps what was read for the next time, made where it is missing
   * @throws UserException if the file or a column is missing, the file is damaged, ragged or
   *     without a valid molecule, an activity is something else, or a molecule has over {@link
   *     Smiles#MOST} characters
   */
  public static Molecules read(Path file, List<String> tasks, Path cache) {
    InputFile.check(file);
    return MoleculeCache.in(cache)
        .get(file, tasks, () -> Collector.collect(tasks, rows(file, tasks), file.toString()));
  }

  /**
   * All constitutional isomers of at most so many heavy atoms, carbon with or without nitrogen and
   * oxygen, and hydrogen, by CDK's structure generator MAYGEN (Yirik, Sorokina, Steinbeck, J.
   * Cheminform. 13, 48, 2021): like QM9, but without its authors' rules of what is stable. 7 gives
   * some 340,000.
   *
   * @param heavyAtoms 1 to 7
   * @param cache as {@link #read} has it
   */
  static Molecules enumerate(int heavyAtoms, Path cache) {
    Supplier<Molecules> work =
        () -> Collector.collect(List.of(), Enumeration.rows(heavyAtoms), ENUMERATE + heavyAtoms);
    return MoleculeCache.in(cache).get("enumerate-" + heavyAtoms, work);
  }

  /** The rows of a file as they stand. */
  static List<Row> rows(Path file, List<String> tasks) {
    CSVFormat format =
        CSVFormat.DEFAULT
            .builder()
            .setHeader()
            .setSkipHeaderRecord(true)
            .setTrim(true)
            .setIgnoreEmptyLines(true)
            .setDuplicateHeaderMode(DuplicateHeaderMode.ALLOW_EMPTY)
            .get();
    try (Reader text = new InputStreamReader(InputFile.open(file), StandardCharsets.UTF_8);
        CSVParser parser = format.parse(text)) {
      List<String> header = parser.getHeaderNames();
      if (header.isEmpty()) throw new UserException(file + ": is empty: give a CSV with a header");
      int smiles = column(file, header, SMILES);
      int[] columns = tasks.stream().mapToInt(task -> column(file, header, task)).toArray();
      List<Row> rows = new ArrayList<>();
      for (CSVRecord row : parser) {
        if (row.size() != header.size())
          throw new UserException(
              "%s: row %d has %d columns, not %d: make them equal"
                  .formatted(file, row.getRecordNumber(), row.size(), header.size()));
        rows.add(row(file, row, smiles, columns));
      }
      return rows;
    } catch (EOFException | ZipException e) {
      throw new UserException(file + ": is damaged (gzip): write it again", e);
    } catch (UncheckedIOException e) {
      throw malformed(file, e.getCause());
    } catch (IllegalArgumentException | IllegalStateException e) {
      throw malformed(file, e);
    } catch (IOException e) {
      throw InputFile.unreadable(file, e);
    }
  }

  private static UserException malformed(Path file, Exception e) {
    String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    return new UserException("%s: is no CSV: %s: mend it".formatted(file, reason), e);
  }

  private static int column(Path file, List<String> header, String name) {
    for (int i = 0; i < header.size(); i++)
      // Windows programs begin with a byte order mark
      if (header.get(i).replace("\uFEFF", "").equalsIgnoreCase(name)) return i;
    throw new UserException(
        "%s: has no column %s, only %s: rename one or name another"
            .formatted(file, name, few(String.join(", ", header))));
  }

  private static Row row(Path file, CSVRecord row, int smiles, int[] columns) {
    String molecule = row.get(smiles);
    if (molecule.length() > Smiles.MOST)
      throw new UserException(
          "%s: row %d has a molecule of %,d characters; at most %,d are read: take it out"
              .formatted(file, row.getRecordNumber(), molecule.length(), Smiles.MOST));
    byte[] labels = new byte[columns.length];
    for (int i = 0; i < labels.length; i++)
      labels[i] =
          switch (row.get(columns[i])) {
            case "" -> Molecules.UNKNOWN;
            case "0", "0.0" -> 0;
            case "1", "1.0" -> 1;
            case String other ->
                throw new UserException(
                    "%s: row %d has the activity '%s': it must be 0, 1 or empty"
                        .formatted(file, row.getRecordNumber(), few(other)));
          };
    return new Row(row.getRecordNumber(), molecule, labels);
  }

  /** The beginning of a text, on one line. */
  static String few(String text) {
    String line = text.replaceAll("\\p{Cntrl}", "?");
    return line.length() <= 80 ? line : line.substring(0, 79) + "…";
  }
}
