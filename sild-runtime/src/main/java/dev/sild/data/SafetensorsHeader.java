package dev.sild.data;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The JSON header of a safetensors file.
 *
 * @param entries in the order of their bytes, which leave no gap
 * @param metadata of the user, and the checksum if there is one
 */
record SafetensorsHeader(List<Entry> entries, Map<String, String> metadata) {
  static final String METADATA = "__metadata__";
  static final String CHECKSUM = "checksum";
  static final String NO_SUM = "crc32c:00000000";
  private static final String MARK = "\"checksum\":\"";
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /** One tensor: its bytes are [begin, end) of the data section. */
  record Entry(String name, String dtype, long[] shape, long begin, long end) {}

  /** The order of the reference library: wide types first, so that every tensor is aligned. */
  static List<Tensor> sorted(List<Tensor> tensors) {
    return tensors.stream()
        .sorted(
            Comparator.comparingInt((Tensor tensor) -> -Tensor.width(tensor.dtype()))
                .thenComparing(Tensor::name))
        .toList();
  }

  /** JSON padded with blanks to a multiple of 8 bytes; the checksum is a row of zeros. */
  static byte[] encode(List<Tensor> sorted, Map<String, String> metadata) {
    ObjectNode root = JSON.createObjectNode();
    ObjectNode strings = root.putObject(METADATA);
    var ordered = new TreeMap<>(metadata);
    if (ordered.put(CHECKSUM, NO_SUM) != null) {
      throw new IllegalArgumentException("metadata: '" + CHECKSUM + "' is the writer's own key");
    }
    ordered.forEach(strings::put);
    long at = 0;
    for (Tensor tensor : sorted) {
      if (root.has(tensor.name())) {
        throw new IllegalArgumentException("two tensors are named " + tensor.name());
      }
      ObjectNode entry = root.putObject(tensor.name());
      entry.put("dtype", tensor.dtype());
      ArrayNode shape = entry.putArray("shape");
      for (long size : tensor.shape()) {
        shape.add(size);
      }
      entry.putArray("data_offsets").add(at).add(at + tensor.data().byteSize());
      at += tensor.data().byteSize();
    }
    byte[] json = JSON.writeValueAsBytes(root);
    byte[] padded = new byte[Math.ceilDiv(json.length, 8) * 8];
    Arrays.fill(padded, (byte) ' ');
    System.arraycopy(json, 0, padded, 0, json.length);
    return padded;
  }

  /** Where the value of the checksum stands in the header, or −1. A tensor's name is no string. */
  static int checksumAt(byte[] header) {
    int at = new String(header, StandardCharsets.ISO_8859_1).indexOf(MARK);
    return at < 0 || at + MARK.length() + NO_SUM.length() > header.length ? -1 : at + MARK.length();
  }

  /**
   * @param dataSize bytes of the file after the header
   * @throws CorruptFileException unless names, types, shapes and offsets fill them exactly
   */
  static SafetensorsHeader parse(Path path, byte[] header, long dataSize)
      throws CorruptFileException {
    try {
      return parse(JSON.readTree(header), dataSize);
    } catch (JacksonException e) {
      throw new CorruptFileException(path, "its header is not JSON");
    } catch (IllegalArgumentException e) {
      throw new CorruptFileException(path, e.getMessage());
    }
  }

  private static SafetensorsHeader parse(JsonNode root, long dataSize) {
    require(root.isObject(), "its header is not a JSON object");
    var metadata = new TreeMap<String, String>();
    var entries = new ArrayList<Entry>();
    for (Map.Entry<String, JsonNode> property : root.properties()) {
      if (property.getKey().equals(METADATA)) {
        require(property.getValue().isObject(), "its metadata is not a JSON object");
        for (Map.Entry<String, JsonNode> item : property.getValue().properties()) {
          require(item.getValue().isString(), "metadata " + item.getKey() + " is not a string");
          metadata.put(item.getKey(), item.getValue().stringValue());
        }
      } else {
        entries.add(entry(property.getKey(), property.getValue()));
      }
    }
    entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    long at = 0;
    for (Entry entry : entries) {
      require(entry.begin == at, "tensor " + entry.name + " overlaps another or leaves a gap");
      at = entry.end;
    }
    require(at == dataSize, "it has " + dataSize + " bytes of data, not " + at);
    return new SafetensorsHeader(List.copyOf(entries), metadata);
  }

  private static Entry entry(String name, JsonNode node) {
    Set<String> keys = new HashSet<>(node.propertyNames());
    require(
        !name.isEmpty() && keys.equals(Set.of("dtype", "shape", "data_offsets")),
        "tensor '" + name + "' is not described by dtype, shape and data_offsets");
    require(node.get("dtype").isString(), "tensor " + name + " has a dtype that is no string");
    String dtype = node.get("dtype").stringValue();
    long[] shape = longs(name, node.get("shape"));
    long[] offsets = longs(name, node.get("data_offsets"));
    require(
        offsets.length == 2 && offsets[1] - offsets[0] == Tensor.bytes(dtype, shape),
        "tensor " + name + " has offsets that do not fit its shape");
    return new Entry(name, dtype, shape, offsets[0], offsets[1]);
  }

  private static long[] longs(String name, JsonNode array) {
    long[] values = new long[array.size()];
    require(array.isArray(), "tensor " + name + " has no array of sizes");
    for (int i = 0; i < values.length; i++) {
      JsonNode value = array.get(i);
      boolean whole = value.isIntegralNumber() && value.canConvertToLong();
      require(whole && value.longValue() >= 0, "tensor " + name + " has an impossible size");
      values[i] = value.longValue();
    }
    return values;
  }

  private static void require(boolean condition, String damage) {
    if (!condition) {
      throw new IllegalArgumentException(damage);
    }
  }
}
