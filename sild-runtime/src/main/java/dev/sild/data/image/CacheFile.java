package dev.sild.data.image;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * A file of decoded images, whole or in the making. It is read through a memory map and written by
 * the channel: a full disk is an exception there, and a dead process in the map. Blocks may be
 * written by several threads, each by one.
 */
final class CacheFile implements Closeable {
  private static final ValueLayout.OfLong TABLE =
      ValueLayout.JAVA_LONG.withOrder(ByteOrder.BIG_ENDIAN);
  private static final long WRITTEN = 1L << 32;

  private final Path path;
  private final CacheLayout layout;
  private final FileChannel channel;
  private final MemorySegment map;

  private CacheFile(Path path, CacheLayout layout, FileChannel channel) throws IOException {
    this.path = path;
    this.layout = layout;
    this.channel = channel;
    map = channel.map(FileChannel.MapMode.READ_ONLY, 0, layout.bytes(), Arena.ofAuto());
  }

  /** Opens a file that fits; null if there is none. */
  static CacheFile existing(Path path, CacheLayout layout) throws IOException {
    if (!Files.isRegularFile(path)) return null;
    try (var in = Files.newInputStream(path)) {
      if (!Arrays.equals(in.readNBytes(layout.head().length), layout.head())) return null;
    }
    return open(path, layout);
  }

  /** Begins a file in the place of any other. */
  static CacheFile created(Path path, CacheLayout layout) throws IOException {
    Files.deleteIfExists(path); // who has mapped the old one keeps it
    return open(path, layout);
  }

  private static CacheFile open(Path path, CacheLayout layout) throws IOException {
    FileChannel channel =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      long bytes = channel.size();
      if (bytes == 0) write(channel, path, ByteBuffer.wrap(layout.head()), 0);
      if (bytes > layout.bytes()) channel.truncate(layout.bytes());
      if (bytes < layout.bytes()) // the rest is a hole
      write(channel, path, ByteBuffer.allocate(1), layout.bytes() - 1);
      return new CacheFile(path, layout, channel);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  Path path() {
    return path;
  }

  /** Whether a block was written, and is as it was written. */
  boolean holds(int block) {
    ByteBuffer states = slice(layout.statesAt(layout.first(block)), layout.rows(block));
    ByteBuffer pixels =
        slice(layout.pixelsAt(layout.first(block)), (long) layout.rows(block) * layout.row());
    return map.get(TABLE, layout.tableAt(block)) == (WRITTEN | checksum(states, pixels));
  }

  /** Writes a block; the checksum last, so that half a block is none. */
  void write(int block, byte[] states, byte[] pixels) throws IOException {
    int first = layout.first(block);
    ByteBuffer state = ByteBuffer.wrap(states);
    ByteBuffer pixel = ByteBuffer.wrap(pixels);
    long checksum = WRITTEN | checksum(state.duplicate(), pixel.duplicate());
    write(channel, path, state, layout.statesAt(first));
    write(channel, path, pixel, layout.pixelsAt(first));
    ByteBuffer entry = ByteBuffer.allocate(8).putLong(checksum).flip();
    write(channel, path, entry, layout.tableAt(block));
  }

  private static void write(FileChannel channel, Path path, ByteBuffer bytes, long at)
      throws IOException {
    long end = at + bytes.remaining();
    try {
      while (bytes.hasRemaining()) channel.write(bytes, end - bytes.remaining());
    } catch (IOException e) {
      throw new IOException(path + ": " + e.getMessage(), e);
    }
  }

  private static long checksum(ByteBuffer states, ByteBuffer pixels) {
    CRC32C crc = new CRC32C();
    crc.update(states);
    crc.update(pixels);
    return crc.getValue();
  }

  private ByteBuffer slice(long at, long bytes) {
    return map.asSlice(at, bytes).asByteBuffer();
  }

  /** Whether an image of a written block could be decoded. */
  boolean good(int image) {
    return map.get(ValueLayout.JAVA_BYTE, layout.statesAt(image)) == CacheLayout.DECODED;
  }

  /** All pixels: (count, 3, size, size), mapped for as long as they are referred to. */
  MemorySegment pixels() {
    return map.asSlice(layout.pixelsAt(0));
  }

  /** The map outlives the channel. */
  @Override
  public void close() throws IOException {
    channel.close();
  }
}
