package dev.sild.data.molecule;

import dev.sild.UserException;
import dev.sild.data.InputFile;
import dev.sild.data.TokenShape;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.ZipException;

/**
 * Molecules as lines of text ({@code .smi}): fields between tabs, the first of them a SMILES. Of
 * what is no valid molecule the string stands there as it was drawn, or {@value #NOTHING} for an
 * empty one.
 */
public final class SmilesFile {
  private static final String NOTHING = "-";

  private SmilesFile() {}

  /** Whether a name is that of a file which {@link #read} takes. */
  public static boolean named(Path file) {
    return file.toString().toLowerCase(Locale.ROOT).matches(".*\\.(smi|csv)(\\.gz)?");
  }

  /**
   * Reads molecules in the words of a model: of a {@code .smi} the first field of each line, blank
   * ones and those that begin with # being passed over; of a CSV the column {@code smiles}. Either
   * may be packed by gzip.
   *
   * @throws UserException if it cannot be read, or none fits
   */
  public static Spelled read(Path file, TokenShape shape) {
    boolean csv = file.toString().toLowerCase(Locale.ROOT).matches(".*\\.csv(\\.gz)?");
    List<MoleculeFile.Row> rows = csv ? MoleculeFile.rows(file, List.of()) : lines(file);
    if (rows.isEmpty())
      throw new UserException(file + ": has no molecule: give at least one, as a SMILES");
    Spelled spelled = Spelled.of(rows, shape);
    if (spelled.count() > 0) return spelled;
    Molecules.Invalid first = spelled.left().getFirst();
    throw new UserException(
        "%s: none of %,d molecules fits this model; the first, %s: %s"
            .formatted(file, rows.size(), first.smiles(), first.fault()));
  }

  private static List<MoleculeFile.Row> lines(Path file) {
    List<MoleculeFile.Row> rows = new ArrayList<>();
    try (var text =
        new BufferedReader(new InputStreamReader(InputFile.open(file), StandardCharsets.UTF_8))) {
      int number = 0;
      for (String line = text.readLine(); line != null; line = text.readLine()) {
        number++;
        String molecule = line.replace("\uFEFF", "").strip().split("\\s", 2)[0];
        if (!molecule.isEmpty() && !molecule.startsWith("#"))
          rows.add(new MoleculeFile.Row(number, molecule, new byte[0]));
      }
      return rows;
    } catch (EOFException | ZipException e) {
      throw new UserException(file + ": is damaged (gzip): write it again", e);
    } catch (IOException e) {
      throw InputFile.unreadable(file, e);
    }
  }

  /** Of each its canonical form, {@code sample-I}, I from 0, and {@code valid} or the fault. */
  public static String drawn(List<String> smiles) {
    return lines(
        smiles.size(),
        i -> {
          Verdict verdict = Verdict.of(smiles.get(i));
          String remark = verdict.valid() ? "valid" : MoleculeFile.few(verdict.fault());
          return written(smiles.get(i), verdict) + "\tsample-" + i + "\t" + remark;
        });
  }

  /**
   * Of each its canonical form, that of its reconstruction, and {@code same}, {@code other} or the
   * fault.
   */
  public static String reconstructed(List<String> originals, List<String> reconstructions) {
    return lines(
        originals.size(),
        i -> {
          Verdict verdict = Verdict.of(reconstructions.get(i));
          String original = written(originals.get(i), Verdict.of(originals.get(i)));
          String back = written(reconstructions.get(i), verdict);
          String remark =
              !verdict.valid()
                  ? MoleculeFile.few(verdict.fault())
                  : back.equals(original) ? "same" : "other";
          return original + "\t" + back + "\t" + remark;
        });
  }

  private static String written(String smiles, Verdict verdict) {
    return verdict.valid() ? verdict.canonical() : smiles.isEmpty() ? NOTHING : smiles;
  }

  private static String lines(int count, IntFunction<String> line) {
    return IntStream.range(0, count)
        .parallel()
        .mapToObj(i -> line.apply(i) + "\n")
        .collect(Collectors.joining());
  }
}
