package dev.sild.sild;

import dev.sild.UserException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.toml.TomlMapper;

/** Presets, the user's TOML files and {@code --set}, all read into one {@link RunConfig}. */
public final class ConfigFile {
  /** Names that {@code train} knows. */
  public static final List<String> PRESETS =
      List.of(
          "stacked-digits",
          "stacked-mnist",
          "fashion",
          "faces",
          "celeba64",
          "celebahq",
          "images",
          "qm9",
          "hiv",
          "muv",
          "pcba",
          "manifold",
          "array");

  private static final TomlMapper TOML =
      TomlMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
          .build();

  private ConfigFile() {}

  /**
   * A preset, or a file whose {@code preset} key names the one that it changes.
   *
   * @param settings {@code key=value} as in {@code collapse.steps=100}
   */
  public static RunConfig of(String presetOrFile, Map<String, String> settings) {
    ObjectNode tree;
    if (PRESETS.contains(presetOrFile)) tree = preset(presetOrFile);
    else if (presetOrFile.endsWith(".toml")) tree = file(Path.of(presetOrFile));
    else
      throw new UserException(
          "no preset %s: choose %s, or a FILE.toml"
              .formatted(presetOrFile, String.join(", ", PRESETS)));
    settings.forEach((key, value) -> set(tree, key, value));
    return bind(tree);
  }

  /** What {@link #write} wrote. */
  public static RunConfig read(Path path) throws IOException {
    return parse(Files.readString(path), path.toString());
  }

  /** What {@link #write} returned, by this version or by an older one that had fewer keys. */
  public static RunConfig parse(String toml, String source) {
    return bind(completed(tree(toml, source), source));
  }

  /** The configuration as TOML. */
  public static String write(RunConfig config) {
    return TOML.writeValueAsString(config);
  }

  /** The configuration as JSON, for programs that have no reader of TOML. */
  public static String writeJson(RunConfig config) {
    return TOML.valueToTree(config).toString();
  }

  private static ObjectNode preset(String name) {
    ObjectNode tree = resource("defaults");
    merge(tree, resource(name));
    tree.put("preset", name);
    return tree;
  }

  private static ObjectNode resource(String name) {
    String resource = "/dev/sild/presets/" + name + ".toml";
    try (InputStream in = ConfigFile.class.getResourceAsStream(resource)) {
      return tree(new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8), name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ObjectNode file(Path path) {
    if (!Files.isRegularFile(path)) throw new UserException("no file " + path);
    ObjectNode changes;
    try {
      changes = tree(Files.readString(path), path.toString());
    } catch (IOException e) {
      throw new UserException("cannot read %s: %s".formatted(path, e.getMessage()), e);
    }
    return completed(changes, path.toString());
  }

  /** The preset that the tree names, with the tree's changes. */
  private static ObjectNode completed(ObjectNode changes, String source) {
    String base = changes.path("preset").asString("");
    if (!PRESETS.contains(base))
      throw new UserException(
          "%s: preset = \"%s\" is none of %s".formatted(source, base, String.join(", ", PRESETS)));
    ObjectNode tree = preset(base);
    merge(tree, changes);
    return tree;
  }

  private static ObjectNode tree(String toml, String source) {
    try {
      return (ObjectNode) TOML.readTree(toml);
    } catch (JacksonException e) {
      throw new UserException("%s is not TOML: %s".formatted(source, e.getOriginalMessage()), e);
    }
  }

  private static void merge(ObjectNode base, ObjectNode changes) {
    changes
        .properties()
        .forEach(entry -> {
          if (base.get(entry.getKey()) instanceof ObjectNode inner
              && entry.getValue() instanceof ObjectNode change) merge(inner, change);
          else base.set(entry.getKey(), entry.getValue());
        });
  }

  private static void set(ObjectNode tree, String key, String value) {
    ObjectNode table = tree;
    String[] path = key.split("\\.", -1);
    for (int i = 0; i + 1 < path.length; i++)
      table = table.get(path[i]) instanceof ObjectNode inner ? inner : unknown(key);
    JsonNode old = table.get(path[path.length - 1]);
    if (old == null || old instanceof ObjectNode || key.equals("preset")) unknown(key);
    if (old.isNumber()) {
      try {
        BigDecimal number = new BigDecimal(value);
        boolean whole =
            Math.abs((long) number.scale()) < 30 && number.stripTrailingZeros().scale() <= 0;
        if (whole) table.put(path[path.length - 1], number.toBigInteger());
        else table.put(path[path.length - 1], number);
      } catch (NumberFormatException e) {
        throw new UserException("--set %s=%s: not a number".formatted(key, value), e);
      }
    } else if (old.isBoolean()) {
      if (!value.equals("true") && !value.equals("false"))
        throw new UserException("--set %s=%s: true or false".formatted(key, value));
      table.put(path[path.length - 1], value.equals("true"));
    } else {
      table.put(path[path.length - 1], value);
    }
  }

  private static ObjectNode unknown(String key) {
    throw new UserException(
        "--set %s: no such key; config.toml of a run shows them all".formatted(key));
  }

  private static RunConfig bind(ObjectNode tree) {
    try {
      return TOML.treeToValue(tree, RunConfig.class);
    } catch (UnrecognizedPropertyException e) {
      throw new UserException("unknown key " + e.getPropertyName(), e);
    } catch (JacksonException e) {
      for (Throwable cause = e; cause != null; cause = cause.getCause())
        if (cause instanceof UserException user) throw user;
      String key =
          e.getPath().stream()
              .map(JacksonException.Reference::getPropertyName)
              .collect(Collectors.joining("."));
      String reason = // for people, who do not know our classes
          e.getOriginalMessage()
              .replaceFirst("^Cannot deserialize value of type `[^`]*` from ", "")
              .replaceFirst("values accepted for Enum class", "values");
      throw new UserException("bad value of %s: %s".formatted(key, reason), e);
    }
  }
}
