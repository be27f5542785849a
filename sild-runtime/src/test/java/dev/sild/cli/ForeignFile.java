package dev.sild.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The safetensors file as another program reads it: header and floats, by the format's page. */
record ForeignFile(JsonNode metadata, Map<String, float[]> tensors, JsonNode config) {
  static ForeignFile read(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int length = Math.toIntExact(bytes.getLong());
    byte[] header = new byte[length];
    bytes.get(header);
    JsonNode root = json(new String(header, StandardCharsets.UTF_8));
    Map<String, float[]> tensors = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : root.properties()) {
      if (entry.getKey().equals("__metadata__")) continue;
      assertThat(entry.getValue().get("dtype").asString()).isEqualTo("F32");
      JsonNode offsets = entry.getValue().get("data_offsets");
      int elements = 1;
      for (JsonNode size : entry.getValue().get("shape")) elements *= size.intValue();
      assertThat(offsets.get(1).intValue() - offsets.get(0).intValue()).isEqualTo(4 * elements);
      float[] values = new float[elements];
      for (int i = 0; i < elements; i++)
        values[i] = bytes.getFloat(8 + length + offsets.get(0).intValue() + 4 * i);
      tensors.put(entry.getKey(), values);
    }
    JsonNode metadata = root.get("__metadata__");
    return new ForeignFile(metadata, tensors, json(metadata.get("config_json").asString()));
  }

  float[] array(String key) {
    JsonNode values = json(metadata.get(key).asString());
    float[] array = new float[values.size()];
    for (int i = 0; i < array.length; i++) array[i] = values.get(i).floatValue();
    return array;
  }

  int setting(String table, String key) {
    return config.get(table).get(key).intValue();
  }

  boolean conservative() {
    return config.get("autoencoder").get("kind").asString().equals("conservative");
  }

  static JsonNode json(String text) {
    return JsonMapper.shared().readTree(text);
  }
}
