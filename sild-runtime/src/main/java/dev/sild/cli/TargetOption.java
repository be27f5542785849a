package dev.sild.cli;

import dev.sild.UserException;
import dev.sild.data.Vectors;
import dev.sild.theory.Target;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** {@code mixture:components=16,d=64,v=0.01,scale=1}, {@code hypercube:d=8} or a file of rows. */
final class TargetOption {
  private static final int CENTRES_SEED = 1;

  private TargetOption() {}

  /**
   * The law of a description.
   *
   * @throws UserException if there is none such
   */
  static Target of(String text) {
    if (text.startsWith("mixture:")) {
      Map<String, Double> values = values(text, Set.of("components", "d", "v", "scale"));
      return Target.mixture(
          whole(text, values, "components", 16),
          whole(text, values, "d", 2),
          values.getOrDefault("v", 0.01),
          values.getOrDefault("scale", 1.0),
          CENTRES_SEED);
    }
    if (text.startsWith("hypercube:"))
      return Target.hypercube(whole(text, values(text, Set.of("d")), "d", 1));
    if (text.endsWith(".npy") || text.endsWith(".csv"))
      return Target.rows(text, Vectors.read(Path.of(text)));
    throw new UserException(
        "--target %s: give mixture:components=M,d=D,v=V,scale=S, hypercube:d=D or a FILE.npy"
            .formatted(text));
  }

  private static Map<String, Double> values(String text, Set<String> known) {
    Map<String, Double> values = new HashMap<>();
    String list = text.substring(text.indexOf(':') + 1);
    for (String setting : list.isEmpty() ? new String[0] : list.split(",")) {
      String[] halves = setting.split("=", 2);
      if (halves.length < 2 || !known.contains(halves[0]))
        throw new UserException("--target %s: %s is none of %s".formatted(text, setting, known));
      try {
        values.put(halves[0], Double.parseDouble(halves[1]));
      } catch (NumberFormatException e) {
        throw new UserException("--target %s: %s is no number".formatted(text, setting), e);
      }
    }
    return values;
  }

  private static int whole(String text, Map<String, Double> values, String key, int otherwise) {
    double value = values.getOrDefault(key, (double) otherwise);
    if (value != Math.rint(value) || Math.abs(value) > 1 << 28)
      throw new UserException("--target %s: %s is a whole number".formatted(text, key));
    return (int) value;
  }
}
