package dev.sild.data.image;

import dev.sild.Progress;
import dev.sild.UserException;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/** Fills a cache file, block by block on all processors; blocks that are whole already stay. */
final class CacheBuilder {
  /** Most damaged images: one in so many. */
  static final int ONE_IN = 100;

  private static final int SHOWN = 3;
  private static final long PATIENCE_MILLIS = 100;

  private final CacheFile file;
  private final CacheLayout layout;
  private final ImageFiles files;
  private final Crop crop;
  private final int size;
  private final Progress progress;
  private final BooleanSupplier cancelled;
  private final Map<Integer, String> damaged = new ConcurrentSkipListMap<>();
  private final AtomicInteger built = new AtomicInteger();
  private volatile boolean stop;

  CacheBuilder(
      CacheFile file,
      CacheLayout layout,
      ImageFiles files,
      Crop crop,
      int size,
      Progress progress,
      BooleanSupplier cancelled) {
    this.file = file;
    this.layout = layout;
    this.files = files;
    this.crop = crop;
    this.size = size;
    this.progress = progress;
    this.cancelled = cancelled;
  }

  /** Returns when every block is whole: how many images had to be decoded. */
  int run() throws IOException {
    int threads = Math.min(layout.blocks(), Runtime.getRuntime().availableProcessors());
    progress.begin("images", "images", 0, layout.count());
    try (ExecutorService pool =
        Executors.newFixedThreadPool(threads, Thread.ofPlatform().daemon().factory())) {
      try {
        CompletionService<Integer> done = new ExecutorCompletionService<>(pool);
        for (int i = 0; i < layout.blocks(); i++) {
          int block = i;
          done.submit(() -> finish(block));
        }
        await(done);
      } finally {
        stop = true; // what has not begun ends at once; closing the pool waits for the rest
      }
    } finally {
      progress.end();
    }
    if (!damaged.isEmpty())
      progress.say(
          "warning: skipped %,d of %,d images, which are damaged: %s"
              .formatted(damaged.size(), layout.count(), some()));
    return built.get();
  }

  private void await(CompletionService<Integer> done) throws IOException {
    int images = 0;
    while (images < layout.count()) {
      try {
        Future<Integer> block = done.poll(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        if (block != null) progress.advance(images += block.get());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw stopped(images);
      } catch (ExecutionException e) {
        switch (e.getCause()) {
          case IOException failure -> throw failure;
          case RuntimeException failure -> throw failure;
          case Error failure -> throw failure;
          default -> throw new AssertionError(e);
        }
      }
      if (images < layout.count() && cancelled.getAsBoolean()) throw stopped(images);
    }
  }

  private CancellationException stopped(int images) {
    return new CancellationException(
        "stopped after %,d of %,d images; the same command goes on from there"
            .formatted(images, layout.count()));
  }

  /** Verifies a block or decodes it; returns its number of images. */
  private int finish(int block) throws IOException {
    if (stop) return 0;
    int rows = layout.rows(block);
    if (file.holds(block)) {
      for (int i = layout.first(block); i < layout.first(block) + rows; i++)
        if (!file.good(i)) skip(i, "");
      return rows;
    }
    byte[] states = new byte[rows];
    byte[] pixels = new byte[Math.multiplyExact(rows, layout.row())];
    for (int i = 0; i < rows; i++) {
      if (stop) return 0;
      boolean good = decode(layout.first(block) + i, pixels, i * layout.row());
      states[i] = good ? CacheLayout.DECODED : CacheLayout.DAMAGED;
    }
    file.write(block, states, pixels);
    built.addAndGet(rows);
    return rows;
  }

  private boolean decode(int image, byte[] pixels, int at) throws IOException {
    ImageFiles.Entry entry = files.entries().get(image);
    try {
      Picture picture = Picture.decode(entry.name(), files.read(entry));
      picture.write(crop.in(entry.name(), picture.width(), picture.height()), size, pixels, at);
      return true;
    } catch (DamagedImage e) {
      skip(image, " (" + e.getMessage() + ")");
      return false;
    }
  }

  private void skip(int image, String reason) {
    damaged.put(image, files.entries().get(image).name() + reason);
    if (damaged.size() > layout.count() / ONE_IN)
      throw new UserException(
          "%s: more than 1 in %d of its %,d images are damaged: %s: mend or remove them"
              .formatted(files.path(), ONE_IN, layout.count(), some()));
  }

  private String some() {
    String names = damaged.values().stream().limit(SHOWN).collect(Collectors.joining(", "));
    return damaged.size() > SHOWN ? names + ", …" : names;
  }
}
