package dev.sild.cli;

import dev.sild.UserException;
import dev.sild.data.AtomicFile;
import dev.sild.data.ImageGrid;
import dev.sild.data.ImageShape;
import dev.sild.data.Npy;
import dev.sild.data.SampleSpace;
import dev.sild.data.molecule.MoleculeGrid;
import dev.sild.data.molecule.SmilesFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows of numbers on their way into a file of the format that its name asks for. Of molecules that
 * are written as such only the SMILES are kept.
 */
final class ArrayFile {
  /** Numbers that are made at a time: 256 MiB. */
  private static final int CHUNK = 1 << 26;

  private static final int MOST = Integer.MAX_VALUE - 16; // numbers in an array
  private static final int MOST_DEPICTED = 2500;

  private enum Kind {
    NPY,
    PNG,
    SMI
  }

  private final Path path;
  private final Kind kind;
  private final SampleSpace space;
  private final int count;
  private final float[] rows; // null where SMILES are kept
  private final List<String> smiles = new ArrayList<>();

  private ArrayFile(Path path, Kind kind, SampleSpace space, int count) {
    this.path = path;
    this.kind = kind;
    this.space = space;
    this.count = count;
    boolean molecules = kind != Kind.NPY && space.isMolecule();
    if (!molecules && (long) count * space.dimension() > MOST)
      throw new UserException(
          "%d rows of %d numbers are too much for one file".formatted(count, space.dimension()));
    rows = molecules ? null : new float[count * space.dimension()];
  }

  /** Whether the name asks for a format, and can be written; asked before the work. */
  static void require(Path path) {
    requireWritable(path);
    kind(path);
  }

  /** Whether a file can be written there at all; asked before the work, too. */
  static void requireWritable(Path path) {
    Path folder = path.toAbsolutePath().getParent();
    if (!Files.isDirectory(folder))
      throw new UserException("--out %s: no folder %s; make it first".formatted(path, folder));
    if (!Files.isWritable(folder) || Files.isDirectory(path))
      throw new UserException("--out %s: cannot be written".formatted(path));
  }

  private static Kind kind(Path path) {
    String name = path.toString();
    if (name.endsWith(".npy")) return Kind.NPY;
    if (name.endsWith(".png")) return Kind.PNG;
    if (name.endsWith(".smi")) return Kind.SMI;
    throw new UserException("--out %s: end the name with .npy, .png or .smi".formatted(path));
  }

  /**
   * A file for (count, D) rows.
   *
   * @throws UserException if its format is not for such rows, or not for so many
   */
  static ArrayFile of(Path path, SampleSpace space, int count) {
    Kind kind = kind(path);
    if (kind == Kind.PNG && !Pictures.show(space))
      throw new UserException("these rows are vectors, not images: write a .npy");
    if (kind == Kind.PNG && space.isMolecule() && count > MOST_DEPICTED)
      throw new UserException(
          "%,d molecules are too many for a picture of at most %,d: write a .smi"
              .formatted(count, MOST_DEPICTED));
    if (kind == Kind.SMI && !space.isMolecule())
      throw new UserException(
          "these rows are %s, not molecules: write a .npy%s"
              .formatted(
                  space.isImage() ? "images" : "vectors", space.isImage() ? " or a .png" : ""));
    return new ArrayFile(path, kind, space, count);
  }

  /** Rows to be made at a time. */
  int chunk() {
    return chunk(space);
  }

  /** The same of any rows. */
  static int chunk(SampleSpace space) {
    return Math.max(1, CHUNK / space.dimension());
  }

  /** Takes rows {@code first …}: (n, D). */
  void take(float[] some, int first, int n) {
    if (rows == null) smiles.addAll(space.tokens().smiles(some, n));
    else System.arraycopy(some, 0, rows, first * space.dimension(), n * space.dimension());
  }

  /** What is kept of molecules, where they are written as such. */
  List<String> smiles() {
    return smiles;
  }

  boolean isSmiles() {
    return kind == Kind.SMI;
  }

  /** Writes all. */
  void write() throws IOException {
    int columns = (int) Math.ceil(Math.sqrt(count));
    switch (kind) {
      case NPY -> Npy.write(path, rows, shape());
      case SMI -> write(SmilesFile.drawn(smiles));
      case PNG -> {
        ImageShape image = space.image();
        if (image == null) write(MoleculeGrid.png(smiles, columns));
        else
          ImageGrid.write(
              path, rows, count, columns, image.channels(), image.height(), image.width(), 2);
      }
    }
  }

  /** Writes text instead. */
  void write(String text) throws IOException {
    write(text.getBytes(StandardCharsets.UTF_8));
  }

  private void write(byte[] bytes) throws IOException {
    AtomicFile.write(path, channel -> AtomicFile.writeFully(channel, ByteBuffer.wrap(bytes)));
  }

  private long[] shape() {
    if (!space.isImage()) return new long[] {count, space.dimension()};
    return space.image().rows(count);
  }
}
