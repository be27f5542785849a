package dev.sild.data;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * The safetensors format: 8 bytes of header length (little-endian), a JSON header of names, types,
 * shapes and offsets, then the bytes of all tensors without gaps.
 *
 * <p>What is written here has one more entry in {@code __metadata__}: {@code "checksum":
 * "crc32c:xxxxxxxx"}, the CRC32C of the whole file with eight zeros in place of those digits. So a
 * flipped bit is found in the header as well as in the data. Other programs read such a file as any
 * other. The same tensors and metadata give the same bytes.
 */
public final class Safetensors {
  private static final int CHUNK = 1 << 22; // bytes on the way at a time
  private static final int MAX_HEADER = 100_000_000; // the reference library's own limit
  private static final int ALIGNMENT = 64;

  private Safetensors() {}

  /**
   * What a file holds.
   *
   * @param tensors in the order of their bytes; their data lives as long as the arena given to read
   * @param metadata sorted by key, without the checksum
   */
  public record Contents(List<Tensor> tensors, Map<String, String> metadata) {
    /**
     * The tensor of that name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public Tensor get(String name) {
      return tensors.stream()
          .filter(tensor -> tensor.name().equals(name))
          .findFirst()
          .orElseThrow(() -> new IllegalArgumentException("there is no tensor named " + name));
    }
  }

  /**
   * Writes the file whole or not at all ({@link AtomicFile}). Tensors are streamed, not copied;
   * they are sorted by width of type, then by name, as the reference library does.
   *
   * @param metadata strings for other programs; {@code checksum} is added
   * @throws IllegalArgumentException if two names are equal or the metadata has a checksum
   * @throws IOException if the folder is missing, not writable or full: the target is as it was
   */
  public static void writeAtomically(Path path, List<Tensor> tensors, Map<String, String> metadata)
      throws IOException {
    List<Tensor> sorted = SafetensorsHeader.sorted(tensors);
    byte[] header = SafetensorsHeader.encode(sorted, metadata);
    AtomicFile.write(path, channel -> write(channel, sorted, header));
  }

  /**
   * Reads a file that {@link #writeAtomically} has written.
   *
   * @param arena owns the data
   * @throws CorruptFileException if a single bit is not as it was written
   * @throws IOException if the file is missing or cannot be read
   */
  public static Contents read(Path path, Arena arena) throws IOException {
    return read(path, arena, true);
  }

  /**
   * Reads a file of any program; a checksum of ours is verified if there is one.
   *
   * @param arena owns the data
   * @throws CorruptFileException if the file is not exactly in the format, or of another dtype
   * @throws IOException if the file is missing or cannot be read
   */
  public static Contents readForeign(Path path, Arena arena) throws IOException {
    return read(path, arena, false);
  }

  private static void write(FileChannel channel, List<Tensor> sorted, byte[] header)
      throws IOException {
    ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
    CRC32C crc = new CRC32C();
    write(channel, MemorySegment.ofArray(lengthOf(header)), chunk, crc);
    write(channel, MemorySegment.ofArray(header), chunk, crc);
    for (Tensor tensor : sorted) {
      write(channel, tensor.data(), chunk, crc);
    }
    ByteBuffer sum = ByteBuffer.wrap(checksum(crc).getBytes(StandardCharsets.US_ASCII));
    for (long at = 8 + SafetensorsHeader.checksumAt(header); sum.hasRemaining(); ) {
      at += channel.write(sum, at);
    }
  }

  private static void write(FileChannel channel, MemorySegment bytes, ByteBuffer chunk, CRC32C crc)
      throws IOException {
    for (long from = 0; from < bytes.byteSize(); from += CHUNK) {
      int count = (int) Math.min(CHUNK, bytes.byteSize() - from);
      MemorySegment.copy(bytes, from, MemorySegment.ofBuffer(chunk.clear()), 0, count);
      crc.update(chunk.limit(count));
      AtomicFile.writeFully(channel, chunk.rewind());
    }
  }

  private static Contents read(Path path, Arena arena, boolean ours) throws IOException {
    if (!Files.exists(path)) {
      throw new NoSuchFileException(path.toString(), null, "there is no such file");
    }
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      byte[] header = header(path, channel);
      long dataSize = channel.size() - channel.position();
      SafetensorsHeader parsed = SafetensorsHeader.parse(path, header, dataSize);
      CRC32C crc = new CRC32C();
      crc.update(lengthOf(header));
      int at = SafetensorsHeader.checksumAt(header);
      String promised = at < 0 ? "" : new String(header, at, 15, StandardCharsets.ISO_8859_1);
      boolean checked = promised.startsWith("crc32c:");
      if (ours && !checked) {
        throw new CorruptFileException(path, "its checksum is missing");
      }
      if (checked) {
        byte[] zeros = SafetensorsHeader.NO_SUM.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(zeros, 0, header, at, zeros.length);
      }
      crc.update(header);
      MemorySegment data = arena.allocate(Math.max(dataSize, 1), ALIGNMENT).asSlice(0, dataSize);
      readFully(channel, data, crc);
      if (checked && !promised.equals(checksum(crc))) {
        throw new CorruptFileException(path, "its checksum does not fit its bytes");
      }
      return contents(parsed, data, arena, checked);
    } catch (EOFException e) {
      throw new CorruptFileException(path, "it is cut short");
    }
  }

  /** The header; the channel then stands at the data. */
  private static byte[] header(Path path, FileChannel channel) throws IOException {
    ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    readFully(channel, length);
    long count = length.getLong(0);
    if (count < 2 || count > MAX_HEADER) {
      throw new CorruptFileException(path, "its header cannot have " + count + " bytes");
    }
    if (count > channel.size() - 8) {
      throw new CorruptFileException(path, "it is cut short");
    }
    byte[] header = new byte[(int) count];
    readFully(channel, ByteBuffer.wrap(header));
    return header;
  }

  private static Contents contents(
      SafetensorsHeader header, MemorySegment data, Arena arena, boolean checked) {
    var tensors = new ArrayList<Tensor>();
    for (SafetensorsHeader.Entry entry : header.entries()) {
      MemorySegment bytes = data.asSlice(entry.begin(), entry.end() - entry.begin());
      if (entry.begin() % Tensor.width(entry.dtype()) != 0) { // other programs may not align
        bytes = arena.allocate(bytes.byteSize(), ALIGNMENT).copyFrom(bytes);
      }
      tensors.add(new Tensor(entry.name(), entry.dtype(), entry.shape(), bytes));
    }
    var metadata = new TreeMap<>(header.metadata());
    if (checked) {
      metadata.remove(SafetensorsHeader.CHECKSUM);
    }
    return new Contents(List.copyOf(tensors), metadata);
  }

  private static void readFully(FileChannel channel, MemorySegment bytes, CRC32C crc)
      throws IOException {
    for (long from = 0; from < bytes.byteSize(); from += CHUNK) {
      long count = Math.min(CHUNK, bytes.byteSize() - from);
      ByteBuffer chunk = bytes.asSlice(from, count).asByteBuffer();
      readFully(channel, chunk);
      crc.update(chunk.rewind());
    }
  }

  private static void readFully(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      if (channel.read(bytes) < 0) {
        throw new EOFException();
      }
    }
  }

  private static byte[] lengthOf(byte[] header) {
    return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).array();
  }

  private static String checksum(CRC32C crc) {
    return "crc32c:%08x".formatted(crc.getValue());
  }
}
