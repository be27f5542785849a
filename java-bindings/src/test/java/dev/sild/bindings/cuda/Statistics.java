package dev.sild.bindings.cuda;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the virtual GPU counted of one kernel.
 *
 * @param missed lines of the PTX whose instruction no thread came to
 * @param opcodes by how many threads each was executed
 */
record Statistics(JsonNode counts, Set<Integer> missed, Map<String, Long> opcodes) {

  /** By kernel, since {@link VirtualGpu#reset}. */
  static Map<String, Statistics> read() {
    Map<String, Statistics> kernels = new HashMap<>();
    for (JsonNode kernel : JsonMapper.shared().readTree(VirtualGpu.statistics()).get("kernels")) {
      Set<Integer> missed = new HashSet<>();
      for (JsonNode line : kernel.get("missed")) missed.add(line.asInt());
      Map<String, Long> opcodes = new HashMap<>();
      kernel
          .get("opcodes")
          .properties()
          .forEach(opcode -> opcodes.put(opcode.getKey(), opcode.getValue().asLong()));
      kernels.put(kernel.get("name").asString(), new Statistics(kernel, missed, opcodes));
    }
    return kernels;
  }

  long get(String count) {
    return counts.get(count).asLong();
  }
}
