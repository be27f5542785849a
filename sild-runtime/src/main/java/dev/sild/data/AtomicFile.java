package dev.sild.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Writes a file that is there whole or not at all, whatever happens meanwhile. */
public final class AtomicFile {
  private AtomicFile() {}

  /** What goes into the file. */
  @FunctionalInterface
  public interface Body {
    /** Writes everything to the channel, which stands at 0 of an empty file. */
    void write(FileChannel channel) throws IOException;
  }

  /**
   * Writes {@code <name>.tmp} in the same folder, forces it to the disk, renames it over the target
   * and forces the folder. On a failure the target is untouched and the {@code .tmp} deleted. One
   * writer a target.
   *
   * @throws IOException if the body throws it, or the folder is missing, not writable or full
   */
  public static void write(Path target, Body body) throws IOException {
    Path folder = target.toAbsolutePath().getParent();
    if (!Files.isDirectory(folder)) {
      throw new NoSuchFileException(
          target.toString(), null, "its folder is missing: make it first");
    }
    Path temporary = target.resolveSibling(target.getFileName() + ".tmp");
    try {
      try (FileChannel channel =
          FileChannel.open(
              temporary,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        body.write(channel);
        channel.force(true);
      }
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (Throwable failure) {
      deleteQuietly(temporary, failure);
      throw failure;
    }
    forceFolder(folder);
  }

  /** Writes all that remains in the buffer: a channel may take less at a time. */
  public static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private static void deleteQuietly(Path path, Throwable failure) {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  /** Without this the rename may be lost with the power, although the bytes are not. */
  private static void forceFolder(Path folder) {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException _) {
      // Windows does not open folders: there the rename is as durable as it gets
    }
  }
}
