package dev.sild.data.image;

import dev.sild.Progress;
import dev.sild.UserException;
import dev.sild.data.image.Selection.Part;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * CelebA as its authors publish it (Liu, Luo, Wang, Tang 2015): {@code img_align_celeba/} or {@code
 * img_align_celeba.zip}, {@code list_eval_partition.txt}, which says 0 (training), 1 (validation,
 * not used here) or 2 (test, held out) of each image, and {@code list_attr_celeba.txt} with 40
 * attributes, −1 or 1. All in one folder, or in {@code Img}, {@code Eval} and {@code Anno}.
 *
 * @param images the folder or the zip
 * @param partition the file; null where it is missing
 * @param attributes the file; null where it is missing
 */
record CelebA(Path images, Path partition, Path attributes) {
  private static final String IMAGES = "img_align_celeba";
  private static final String PARTITION = "list_eval_partition.txt";
  private static final String ATTRIBUTES = "list_attr_celeba.txt";
  private static final int PUBLISHED = 202_599;

  /** What lies at a path: a folder with all of it, or the images; null if that is not CelebA. */
  static CelebA at(Path given) {
    Path path = given.toAbsolutePath().normalize();
    String name = path.getFileName() == null ? "" : path.getFileName().toString();
    boolean isImages = name.equals(IMAGES) || name.equals(IMAGES + ".zip");
    Path root = isImages ? path.getParent() : path;
    Path above = isImages && root.endsWith("Img") ? root.getParent() : root;
    Path images =
        isImages
            ? path
            : first(
                root.resolve(IMAGES),
                root.resolve(IMAGES + ".zip"),
                root.resolve("Img").resolve(IMAGES),
                root.resolve("Img").resolve(IMAGES + ".zip"));
    Path partition =
        first(root.resolve(PARTITION), above.resolve(PARTITION), above.resolve("Eval", PARTITION));
    Path attributes =
        first(
            root.resolve(ATTRIBUTES), above.resolve(ATTRIBUTES), above.resolve("Anno", ATTRIBUTES));
    return images == null && partition == null ? null : new CelebA(images, partition, attributes);
  }

  private static Path first(Path... paths) {
    return Stream.of(paths).filter(Files::exists).findFirst().orElse(null);
  }

  /**
   * @throws UserException if a file is missing
   */
  CelebA requireWhole() {
    if (partition == null)
      throw new UserException(
          "%s: CelebA's %s is missing: put it beside the images".formatted(images, PARTITION));
    if (images == null)
      throw new UserException(
          "%s: neither %s nor %s.zip lies beside it".formatted(partition, IMAGES, IMAGES));
    return this;
  }

  /**
   * Parts by the partition, labels by an attribute.
   *
   * @param names of the images found
   * @param attribute whose values are the labels: 0 without it, 1 with it; null for no labels
   * @throws UserException if the files are not as published, or name other images than there are
   */
  Selection select(List<String> names, String attribute, Progress progress) {
    Map<String, Part> partOf = new HashMap<>();
    List<String> lines = lines(partition);
    for (int i = 0; i < lines.size(); i++) {
      String[] words = words(lines.get(i));
      if (words.length == 0) continue;
      if (words.length != 2 || !words[1].matches("[012]"))
        throw wrong(partition, i, lines.get(i), "IMAGE 0, IMAGE 1 or IMAGE 2");
      Part part = words[1].equals("0") ? Part.TRAINING : Part.HELD_OUT;
      if (partOf.put(words[0], words[1].equals("1") ? Part.UNUSED : part) != null)
        throw new UserException(
            "%s: line %d names %s again: download it again".formatted(partition, i + 1, words[0]));
    }
    List<String> files = names.stream().map(CelebA::file).toList();
    requireSame(files, partOf);
    if (files.size() != PUBLISHED)
      progress.say(
          "warning: CelebA has %,d images, here are %,d".formatted(PUBLISHED, names.size()));
    Part[] parts = files.stream().map(partOf::get).toArray(Part[]::new);
    return attribute == null
        ? new Selection(parts, new byte[parts.length], List.of())
        : new Selection(parts, labels(files, attribute), List.of("not " + attribute, attribute));
  }

  private static String file(String name) {
    return name.substring(name.lastIndexOf('/') + 1);
  }

  private void requireSame(List<String> files, Map<String, Part> partOf) {
    TreeSet<String> missing = new TreeSet<>(partOf.keySet());
    files.forEach(missing::remove);
    List<String> unknown = files.stream().filter(file -> !partOf.containsKey(file)).toList();
    if (missing.isEmpty() && unknown.isEmpty()) return;
    String first = unknown.isEmpty() ? missing.first() : unknown.getFirst();
    throw new UserException(
        ("%s names %,d images, %s holds %,d: %,d are not named, %,d are not there "
                + "(the first is %s): take both whole from one download")
            .formatted(
                partition,
                partOf.size(),
                images,
                files.size(),
                unknown.size(),
                missing.size(),
                first));
  }

  private byte[] labels(List<String> files, String attribute) {
    if (attributes == null)
      throw new UserException(
          "%s: CelebA's %s is missing, so there is no attribute %s"
              .formatted(images, ATTRIBUTES, attribute));
    List<String> lines = lines(attributes);
    List<String> known = lines.size() < 2 ? List.of() : List.of(words(lines.get(1)));
    int column = known.indexOf(attribute) + 1;
    if (column == 0)
      throw new UserException(
          "%s: has no attribute %s: choose one of %s"
              .formatted(attributes, attribute, String.join(", ", known)));
    Map<String, Byte> labelOf = new HashMap<>();
    for (int i = 2; i < lines.size(); i++) {
      String[] words = words(lines.get(i));
      if (words.length == 0) continue;
      if (words.length != known.size() + 1 || !words[column].matches("-?1"))
        throw wrong(
            attributes, i, lines.get(i), "IMAGE and %d times -1 or 1".formatted(known.size()));
      labelOf.put(words[0], (byte) (words[column].equals("1") ? 1 : 0));
    }
    byte[] labels = new byte[files.size()];
    for (int i = 0; i < labels.length; i++) {
      Byte label = labelOf.get(files.get(i));
      if (label == null)
        throw new UserException(
            "%s: says nothing of %s: take both from one download"
                .formatted(attributes, files.get(i)));
      labels[i] = label;
    }
    return labels;
  }

  private static UserException wrong(Path file, int line, String found, String wanted) {
    String shown = found.length() > 40 ? found.substring(0, 40) + "…" : found;
    return new UserException(
        "%s: line %d is \"%s\", not %s: download it again"
            .formatted(file, line + 1, shown.strip(), wanted));
  }

  private static String[] words(String line) {
    return Arrays.stream(line.split("\\s+")).filter(word -> !word.isEmpty()).toArray(String[]::new);
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file, StandardCharsets.ISO_8859_1); // never malformed
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }
}
