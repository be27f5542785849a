package dev.sild.data.image;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * How decoded images lie in a file, big-endian:
 *
 * <pre>
 *   "SiLDimg1", bytes of the header, then the header:
 *     source, crop, digest (strings), size, count, rows of a block, the name of each image
 *   a table (blocks): 0, or 2³² + CRC32C of the block's states and pixels      at a multiple of 8
 *   states (count): 1 decoded, 2 damaged
 *   pixels (count, 3, size, size), unsigned bytes                            at a multiple of 4096
 * </pre>
 *
 * The digest is the SHA-256 of names, sizes and stamps: a file fits its source exactly if it begins
 * with the header that the source would get now. Labels are not in it: they are told by names and
 * lists, so another attribute needs no decoding.
 *
 * @param head everything before the table
 * @param count images, those that are damaged too
 * @param row bytes of an image
 * @param block images in a block, but for the last
 */
record CacheLayout(byte[] head, int count, int row, int block) {
  static final byte DECODED = 1;
  static final byte DAMAGED = 2;

  private static final long MAGIC = 0x53694C44696D6731L; // "SiLDimg1"
  private static final int BLOCK_BYTES = 4 << 20;
  private static final int PAGE = 4096;

  static CacheLayout of(Path source, List<ImageFiles.Entry> entries, Crop crop, int size) {
    int row = 3 * size * size;
    int block = Math.max(1, BLOCK_BYTES / row);
    ByteArrayOutputStream header = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(header)) {
      out.writeUTF(source.toString());
      out.writeUTF(crop.label());
      out.writeUTF(digest(entries));
      out.writeInt(size);
      out.writeInt(entries.size());
      out.writeInt(block);
      for (ImageFiles.Entry entry : entries) out.writeUTF(entry.name());
    } catch (IOException e) {
      throw new UncheckedIOException(e); // of memory there is none
    }
    ByteBuffer head = ByteBuffer.allocate(aligned(12 + header.size(), 8));
    head.putLong(MAGIC).putInt(header.size()).put(header.toByteArray());
    return new CacheLayout(head.array(), entries.size(), row, block);
  }

  private static String digest(List<ImageFiles.Entry> entries) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      ByteBuffer numbers = ByteBuffer.allocate(16);
      for (ImageFiles.Entry entry : entries) {
        sha.update(entry.name().getBytes(StandardCharsets.UTF_8));
        sha.update(numbers.clear().putLong(entry.bytes()).putLong(entry.stamp()).array());
      }
      return HexFormat.of().formatHex(sha.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e); // every Java has it
    }
  }

  private static int aligned(long bytes, int to) {
    return Math.toIntExact((bytes + to - 1) / to * to);
  }

  int blocks() {
    return Math.ceilDiv(count, block);
  }

  int first(int index) {
    return index * block;
  }

  /** Images in a block. */
  int rows(int index) {
    return Math.min(block, count - first(index));
  }

  long tableAt(int index) {
    return head.length + 8L * index;
  }

  long statesAt(int image) {
    return tableAt(blocks()) + image;
  }

  long pixelsAt(int image) {
    return aligned(statesAt(count), PAGE) + (long) image * row;
  }

  long bytes() {
    return pixelsAt(count);
  }
}
