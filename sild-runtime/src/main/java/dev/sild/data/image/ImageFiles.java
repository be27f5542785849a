package dev.sild.data.image;

import dev.sild.UserException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;

/** Files of images, not decoded yet. Reading may go on in several threads. */
sealed interface ImageFiles extends Closeable permits FolderFiles, ZippedFiles {
  /** Most bytes of a file. */
  long MAX_BYTES = 64 << 20;

  /** Names that end so are read; everything else beside them is left alone. */
  Set<String> ENDINGS =
      Arrays.stream(ImageIO.getReaderFileSuffixes())
          .map(suffix -> suffix.toLowerCase(Locale.ROOT))
          .collect(Collectors.toUnmodifiableSet());

  /**
   * One file.
   *
   * @param name path below the source, with /; nothing is ever opened or written by it in a zip
   * @param bytes size
   * @param stamp changes when the content does: time of the last change, or a checksum
   */
  record Entry(String name, long bytes, long stamp) {}

  /**
   * Looks through a folder or a zip.
   *
   * @throws UserException if it is neither, or holds no image
   */
  static ImageFiles open(Path path) {
    if (!Files.exists(path))
      throw new UserException(path + ": there is no such folder or zip: check the name");
    ImageFiles files = Files.isDirectory(path) ? FolderFiles.of(path) : ZippedFiles.of(path);
    if (files.entries().isEmpty())
      throw new UserException(
          "%s: holds no image (%s)"
              .formatted(path, ENDINGS.stream().sorted().collect(Collectors.joining(", "))));
    return files;
  }

  /** Where they come from. */
  Path path();

  /** Sorted by name. */
  List<Entry> entries();

  /**
   * All bytes of a file.
   *
   * @throws DamagedImage if a zip does not hold them whole
   * @throws UserException if they are more than {@value #MAX_BYTES}
   */
  byte[] read(Entry entry) throws IOException;

  /** Whether a name is that of an image; what systems hide and add is not. */
  static boolean isImage(String name) {
    String file = name.substring(name.lastIndexOf('/') + 1);
    int dot = file.lastIndexOf('.');
    return dot > 0
        && !file.startsWith(".")
        && !name.startsWith("__MACOSX/")
        && ENDINGS.contains(file.substring(dot + 1).toLowerCase(Locale.ROOT));
  }

  /** What to say of a file that is too large to be an image. */
  static UserException tooLarge(Path path, String name) {
    return new UserException(
        "%s: %s has over %,d bytes, too many for an image: remove it"
            .formatted(path, name, MAX_BYTES));
  }
}
