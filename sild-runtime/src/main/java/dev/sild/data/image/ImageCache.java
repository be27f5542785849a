package dev.sild.data.image;

import dev.sild.Progress;
import dev.sild.UserException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.zip.CRC32C;

/**
 * Decoded images on the disk: one file a source, crop and size, so that a changed source takes the
 * place of the old one. It grows under another name and gets its own when it is whole; every block
 * is verified whenever it is opened, so neither a crash nor a damaged disk is mistaken for data.
 */
public final class ImageCache {
  private static final long PATIENCE_MILLIS = 100;

  private ImageCache() {}

  /**
   * What a file holds.
   *
   * @param pixels (n, 3, size, size) u8
   * @param good (n) whether an image could be decoded
   */
  record Decoded(MemorySegment pixels, boolean[] good) {}

  /** {@code $XDG_CACHE_HOME/sild}, or {@code ~/.cache/sild}. */
  public static Path folder() {
    String base = System.getenv("XDG_CACHE_HOME");
    return base != null && Path.of(base).isAbsolute() // as its specification asks
        ? Path.of(base, "sild")
        : Path.of(System.getProperty("user.home"), ".cache", "sild");
  }

  /**
   * Decodes what is not there yet. Another process that does the same is waited for.
   *
   * @throws UserException if images do not hold the crop, or more are damaged than may be
   * @throws CancellationException if it was cancelled; the next call goes on
   * @throws IOException if the disk is full, or fails
   */
  static Decoded open(
      Path folder,
      ImageFiles files,
      Crop crop,
      int size,
      Progress progress,
      BooleanSupplier cancelled)
      throws IOException {
    Path source = files.path().toRealPath();
    CacheLayout layout = CacheLayout.of(source, files.entries(), crop, size);
    Files.createDirectories(folder);
    Path target = folder.resolve(name(source, crop, size));
    Path growing = target.resolveSibling(target.getFileName() + ".part");
    Path lock = target.resolveSibling(target.getFileName() + ".lock");
    try (FileChannel door =
            FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock _ = enter(door, lock, progress, cancelled);
        CacheFile file = any(target, growing, layout)) {
      int built = new CacheBuilder(file, layout, files, crop, size, progress, cancelled).run();
      if (file.path().equals(growing)) // not forced to the disk: what a crash loses, is found
      Files.move(growing, target, StandardCopyOption.ATOMIC_MOVE);
      if (built > 0) progress.say("%,d images decoded into %s".formatted(built, target));
      boolean[] good = new boolean[layout.count()];
      for (int i = 0; i < good.length; i++) good[i] = file.good(i);
      return new Decoded(file.pixels(), good);
    }
  }

  private static CacheFile any(Path target, Path growing, CacheLayout layout) throws IOException {
    CacheFile whole = CacheFile.existing(target, layout);
    if (whole != null) return whole;
    CacheFile part = CacheFile.existing(growing, layout);
    return part != null ? part : CacheFile.created(growing, layout);
  }

  private static String name(Path source, Crop crop, int size) {
    CRC32C place = new CRC32C();
    place.update(source.toString().getBytes(StandardCharsets.UTF_8));
    return "%s-%s-%d-%08x.images"
        .formatted(ImageSet.stem(source), crop.label(), size, place.getValue());
  }

  private static FileLock enter(
      FileChannel door, Path path, Progress progress, BooleanSupplier cancelled)
      throws IOException {
    for (boolean told = false; ; told = true) {
      FileLock lock = tryLock(door);
      if (lock != null) return lock;
      if (!told) progress.say("waiting for another process that decodes these images: " + path);
      if (cancelled.getAsBoolean()) throw new CancellationException("stopped while waiting");
      try {
        Thread.sleep(PATIENCE_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CancellationException("interrupted while waiting");
      }
    }
  }

  private static FileLock tryLock(FileChannel door) throws IOException {
    try {
      return door.tryLock();
    } catch (OverlappingFileLockException _) {
      return null; // another thread of this process has it
    }
  }
}
