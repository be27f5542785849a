package dev.sild.data.molecule;

import dev.sild.UserException;
import dev.sild.data.AtomicFile;
import dev.sild.data.InputFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Supplier;
import org.openscience.cdk.CDK;

/**
 * Keeps sets of molecules as text files, one for each source, its tasks and CDK's version. The
 * first line is the SHA-256 of the rest; a file that does not match it is made again.
 */
final class MoleculeCache {
  private static final String FORMAT = "molecules 1";

  private final Path folder;

  private MoleculeCache(Path folder) {
    this.folder = folder;
  }

  static MoleculeCache in(Path folder) {
    return new MoleculeCache(folder);
  }

  /** What is kept of a file, or what the work gives, which is then kept. */
  Molecules get(Path file, List<String> tasks, Supplier<Molecules> work) {
    try {
      String key = sha256(Files.readAllBytes(file)) + '\t' + String.join("\t", tasks);
      String name = file.getFileName().toString().replaceFirst("\\.csv(\\.gz)?$", "");
      return get(name + "-" + sha256(key.getBytes(StandardCharsets.UTF_8)).substring(0, 16), work);
    } catch (IOException e) {
      throw InputFile.unreadable(file, e);
    }
  }

  /** The same by a name that says all about the source. */
  Molecules get(String name, Supplier<Molecules> work) {
    Path kept = folder.resolve("%s-cdk-%s.txt".formatted(name, CDK.getVersion()));
    Molecules molecules = read(kept);
    if (molecules != null) return molecules;
    Molecules made = work.get();
    try {
      Files.createDirectories(folder);
      byte[] body = text(made).getBytes(StandardCharsets.UTF_8);
      byte[] digest = (sha256(body) + "\n").getBytes(StandardCharsets.UTF_8);
      AtomicFile.write(
          kept,
          channel -> {
            AtomicFile.writeFully(channel, ByteBuffer.wrap(digest));
            AtomicFile.writeFully(channel, ByteBuffer.wrap(body));
          });
    } catch (IOException e) {
      throw new UserException(
          kept + ": cannot be written: give a folder with room (" + e.getMessage() + ")", e);
    }
    return made;
  }

  private static String text(Molecules set) {
    StringBuilder out = new StringBuilder(FORMAT + "\n");
    out.append(set.rows()).append('\t').append(set.duplicates()).append('\n');
    out.append(String.join("\t", set.tasks())).append('\n');
    out.append(set.size()).append('\n');
    for (int i = 0; i < set.size(); i++) {
      out.append(set.smiles().get(i));
      for (int j = 0; j < set.tasks().size(); j++) out.append('\t').append(set.label(i, j));
      out.append('\n');
    }
    for (Molecules.Invalid row : set.invalid())
      out.append(row.row() + "\t" + row.smiles() + "\t" + row.fault() + "\n");
    return out.toString();
  }

  /** Null if there is no such file, or not a sound one. */
  private static Molecules read(Path kept) {
    try {
      byte[] bytes = Files.readAllBytes(kept);
      int start = 65; // a digest and the end of its line
      if (bytes.length <= start) return null;
      byte[] body = Arrays.copyOfRange(bytes, start, bytes.length);
      String digest = new String(bytes, 0, start - 1, StandardCharsets.UTF_8);
      if (!digest.equals(sha256(body))) return null;
      List<String> lines = new String(body, StandardCharsets.UTF_8).lines().toList();
      return lines.getFirst().equals(FORMAT) ? parse(lines) : null;
    } catch (IOException _) {
      return null; // it is made again
    }
  }

  private static Molecules parse(List<String> lines) {
    String[] counts = lines.get(1).split("\t");
    List<String> tasks = lines.get(2).isEmpty() ? List.of() : List.of(lines.get(2).split("\t"));
    int size = Integer.parseInt(lines.get(3));
    List<String> smiles = new ArrayList<>(size);
    byte[] labels = new byte[size * tasks.size()];
    for (int i = 0; i < size; i++) {
      String[] fields = lines.get(4 + i).split("\t");
      smiles.add(fields[0]);
      for (int j = 0; j < tasks.size(); j++)
        labels[i * tasks.size() + j] = Byte.parseByte(fields[1 + j]);
    }
    List<Molecules.Invalid> invalid = new ArrayList<>();
    for (String line : lines.subList(4 + size, lines.size())) {
      String[] fields = line.split("\t", 3);
      invalid.add(new Molecules.Invalid(Long.parseLong(fields[0]), fields[1], fields[2]));
    }
    return new Molecules(
        smiles, tasks, labels, invalid, Integer.parseInt(counts[0]), Integer.parseInt(counts[1]));
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e); // every Java has it
    }
  }
}
