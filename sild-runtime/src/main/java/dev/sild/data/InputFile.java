package dev.sild.data;

import dev.sild.UserException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/** Opens a user's file and says in one line why it cannot be opened. */
public final class InputFile {
  private static final int BUFFER = 1 << 16;

  private InputFile() {}

  /** The bytes of a file, unpacked if they begin like gzip, whatever its name. */
  public static InputStream open(Path path) throws IOException {
    check(path);
    InputStream raw = new BufferedInputStream(Files.newInputStream(path), BUFFER);
    try {
      raw.mark(2);
      boolean packed = raw.read() == 0x1f && raw.read() == 0x8b;
      raw.reset();
      return packed ? new BufferedInputStream(new GZIPInputStream(raw, BUFFER), BUFFER) : raw;
    } catch (IOException e) {
      raw.close();
      throw e;
    }
  }

  /**
   * @throws UserException unless path is a file
   */
  public static void check(Path path) {
    if (!Files.exists(path)) {
      throw new UserException(path + ": there is no such file: check the name");
    }
    if (Files.isDirectory(path)) {
      throw new UserException(path + ": is a folder: name a file in it");
    }
  }

  /** What to throw for a failure that the reader of the format could not explain itself. */
  public static RuntimeException unreadable(Path path, IOException e) {
    return switch (e) {
      case AccessDeniedException _ ->
          new UserException(path + ": may not be read: ask for permission (chmod +r)", e);
      case NoSuchFileException _ ->
          new UserException(path + ": there is no such file: check the name", e);
      default -> new UncheckedIOException(path + ": cannot be read: " + e.getMessage(), e);
    };
  }
}
