package dev.sild.data.image;

import dev.sild.Progress;
import dev.sild.data.image.Selection.Part;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the folders and names of images say. Folders like {@code train}, {@code val} and {@code
 * test} (or {@code CelebAHQTrain} and {@code CelebAHQValidation}) are parts; those below are
 * classes, or where there are none, the beginnings of names like {@code style-0001.png}.
 */
final class FolderLayout {
  private static final int MAX_CLASSES = 256;
  private static final Pattern PART =
      Pattern.compile(
          "(?<set>.*?)((?<train>train(ing)?)|(?<test>test)|val(id(ation)?)?)",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern NUMBERED = Pattern.compile("(.+)[-_]\\d+\\.[^.]+");

  private FolderLayout() {}

  /** Reads names; there is at least one. */
  static Selection select(List<String> names, Progress progress) {
    String[][] paths = names.stream().map(FolderLayout::segments).toArray(String[][]::new);
    stripCommon(paths);
    Part[] parts = parts(paths);
    if (parts != null) {
      for (int i = 0; i < paths.length; i++) paths[i] = below(paths[i]);
      stripCommon(paths);
    }
    String[] classOf = classes(paths);
    List<String> classes = List.copyOf(new TreeSet<>(Arrays.asList(classOf)));
    if (classes.size() > MAX_CLASSES)
      progress.say(
          "no labels: the names are of %,d kinds, more than %d"
              .formatted(classes.size(), MAX_CLASSES));
    if (classes.size() == 1 || classes.size() > MAX_CLASSES) classes = List.of();
    Map<String, Integer> label = new HashMap<>();
    for (String name : classes) label.put(name, label.size());
    byte[] labels = new byte[paths.length];
    for (int i = 0; i < labels.length; i++)
      labels[i] = label.getOrDefault(classOf[i], 0).byteValue();
    return new Selection(parts == null ? Selection.everyTenth(labels) : parts, labels, classes);
  }

  /** Folders and name; what would lead elsewhere means nothing. */
  private static String[] segments(String name) {
    return Arrays.stream(name.split("[/\\\\]"))
        .filter(part -> !part.isEmpty() && !part.equals(".") && !part.equals(".."))
        .toArray(String[]::new);
  }

  private static String[] below(String[] path) {
    return Arrays.copyOfRange(path, 1, path.length);
  }

  /** Takes off the folders in which all lie. */
  private static void stripCommon(String[][] paths) {
    while (Arrays.stream(paths).allMatch(p -> p.length > 1 && p[0].equals(paths[0][0])))
      for (int i = 0; i < paths.length; i++) paths[i] = below(paths[i]);
  }

  /**
   * Parts by the uppermost folders, where all of them are parts of one set; else null. Where there
   * is a test set, the validation set is not used.
   */
  private static Part[] parts(String[][] paths) {
    Map<String, Part> partOf = new HashMap<>();
    Set<String> sets = new HashSet<>();
    for (String[] path : paths) {
      Matcher folder = PART.matcher(path[0]);
      if (path.length < 2 || !folder.matches()) return null;
      sets.add(folder.group("set"));
      partOf.put(
          path[0],
          folder.group("train") != null
              ? Part.TRAINING
              : folder.group("test") != null ? Part.HELD_OUT : Part.UNUSED);
    }
    if (!partOf.containsValue(Part.HELD_OUT))
      partOf.replaceAll((_, part) -> part == Part.UNUSED ? Part.HELD_OUT : part);
    boolean split = partOf.containsValue(Part.TRAINING) && partOf.containsValue(Part.HELD_OUT);
    if (!split || sets.size() > 1) return null;
    return Arrays.stream(paths).map(path -> partOf.get(path[0])).toArray(Part[]::new);
  }

  /** What names the class of each image; the same for all where nothing does. */
  private static String[] classes(String[][] paths) {
    String[] classes = new String[paths.length];
    boolean folders = Arrays.stream(paths).anyMatch(path -> path.length > 1);
    for (int i = 0; i < classes.length; i++) {
      Matcher numbered = NUMBERED.matcher(paths[i][0]);
      if (folders) classes[i] = paths[i].length > 1 ? paths[i][0] : ".";
      else if (numbered.matches()) classes[i] = numbered.group(1);
      else return filled(classes);
    }
    return classes;
  }

  private static String[] filled(String[] classes) {
    Arrays.fill(classes, "");
    return classes;
  }
}
