package dev.sild.rivals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.ObjectMapper;

/** The programs of this module are Java, too: how one starts, and what it prints. */
final class Jvm {
  private Jvm() {}

  /** Command line of a class of this module. */
  static List<String> command(Class<?> main, List<String> options, List<String> arguments) {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(
        List.of(
            "-XX:+UseSerialGC",
            "-Xmx1g",
            "-XX:ErrorFile=" // a library that is killed in its work may crash; not in the user's
                // folder
                + Path.of(System.getProperty("java.io.tmpdir"), "sild-rivals-%p.log"),
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow"));
    words.addAll(options);
    words.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    words.addAll(arguments);
    return words;
  }

  /** The last line of such a program. */
  static void print(double samplesPerSecond, String version, String form) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("samples_per_second", samplesPerSecond);
    line.put("version", version);
    line.put("form", form);
    System.out.println(new ObjectMapper().writeValueAsString(line));
  }
}
