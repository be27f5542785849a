package dev.sild.data.image;

import dev.sild.UserException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/** Images in a zip: read from it, never unpacked to files, so their names can reach nothing. */
record ZippedFiles(Path path, ZipFile zip, List<Entry> entries) implements ImageFiles {

  static ZippedFiles of(Path path) {
    ZipFile zip = open(path);
    List<Entry> entries =
        zip.stream()
            .filter(entry -> !entry.isDirectory() && ImageFiles.isImage(entry.getName()))
            .map(entry -> new Entry(entry.getName(), entry.getSize(), entry.getCrc()))
            .sorted(Comparator.comparing(Entry::name))
            .toList();
    return new ZippedFiles(path, zip, entries);
  }

  private static ZipFile open(Path path) {
    try {
      return new ZipFile(path.toFile());
    } catch (ZipException e) {
      throw new UserException(
          "%s: is neither a folder nor a whole zip (%s)".formatted(path, e.getMessage()), e);
    } catch (IOException e) {
      throw new UncheckedIOException(path + ": cannot be read: " + e.getMessage(), e);
    }
  }

  /** What an entry says of its size is not believed: it is read to one byte beyond the limit. */
  @Override
  public byte[] read(Entry entry) throws IOException {
    byte[] bytes;
    try (InputStream in = zip.getInputStream(new ZipEntry(entry.name()))) {
      bytes = in.readNBytes((int) MAX_BYTES + 1);
    } catch (ZipException | EOFException e) {
      throw new DamagedImage("zip: " + e.getMessage());
    }
    if (bytes.length > MAX_BYTES) throw ImageFiles.tooLarge(path, entry.name());
    CRC32 crc = new CRC32();
    crc.update(bytes);
    if (crc.getValue() != entry.stamp()) throw new DamagedImage("zip: its checksum is wrong");
    return bytes;
  }

  @Override
  public void close() throws IOException {
    zip.close();
  }
}
