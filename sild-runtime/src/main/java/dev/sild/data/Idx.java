package dev.sild.data;

import dev.sild.UserException;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipException;

/**
 * Labelled images in IDX files, the format of MNIST and its successors (big-endian: magic, sizes,
 * bytes), packed with gzip or not. The files are found in a folder by their usual names.
 */
public final class Idx {
  private static final int IMAGES = 0x0803; // unsigned bytes, three dimensions
  private static final int LABELS = 0x0801; // unsigned bytes, one dimension
  private static final int MAX_SIDE = 1 << 14;
  private static final int MAX_LABEL = 9;

  private Idx() {}

  /**
   * The training set of a folder: {@code train-images-idx3-ubyte} and {@code
   * train-labels-idx1-ubyte}, or with a dot before {@code idx}, or with {@code .gz} after it.
   *
   * @throws UserException if the folder or a file is missing, damaged or does not fit the other
   */
  public static LabelledImages training(Path folder) {
    return read(folder, "train");
  }

  /**
   * The test set of a folder: {@code t10k-images-idx3-ubyte} and {@code t10k-labels-idx1-ubyte}, or
   * with a dot before {@code idx}, or with {@code .gz} after it.
   *
   * @throws UserException if the folder or a file is missing, damaged or does not fit the other
   */
  public static LabelledImages test(Path folder) {
    return read(folder, "t10k");
  }

  private static LabelledImages read(Path folder, String part) {
    if (!Files.isDirectory(folder)) {
      String problem = Files.exists(folder) ? "is not a folder" : "there is no such folder";
      throw new UserException(folder + ": " + problem + ": name the one with the IDX files");
    }
    Path imagesFile = find(folder, part + "-images", "idx3-ubyte");
    Path labelsFile = find(folder, part + "-labels", "idx1-ubyte");
    Content images = read(imagesFile, IMAGES);
    Content labels = read(labelsFile, LABELS);
    if (images.count != labels.count) {
      throw new UserException(
          "%s: holds %d labels for the %d images of %s: take both files from the same data set"
              .formatted(labelsFile, labels.count, images.count, imagesFile));
    }
    for (int i = 0; i < labels.count; i++) {
      int label = labels.bytes[i] & 0xff;
      if (label > MAX_LABEL) {
        throw new UserException(
            "%s: label %d of image %d is not a digit from 0 to 9: choose another data set"
                .formatted(labelsFile, label, i));
      }
    }
    return new LabelledImages(
        images.bytes, labels.bytes, images.count, images.height, images.width);
  }

  private static Path find(Path folder, String stem, String suffix) {
    List<String> names =
        List.of(
            stem + "-" + suffix,
            stem + "-" + suffix + ".gz",
            stem + "." + suffix,
            stem + "." + suffix + ".gz");
    return names.stream()
        .map(folder::resolve)
        .filter(Files::isRegularFile)
        .findFirst()
        .orElseThrow(() ->
            new UserException(
                "%s: has none of %s: put one of them there"
                    .formatted(folder, String.join(", ", names))));
  }

  private record Content(byte[] bytes, int count, int height, int width) {}

  private static Content read(Path path, int magic) {
    try (var file = new DataInputStream(InputFile.open(path))) {
      return read(path, file, magic);
    } catch (EOFException e) {
      throw new UserException(path + ": is cut short: download it again", e);
    } catch (ZipException e) {
      String reason = e.getMessage();
      throw new UserException(path + ": is damaged (gzip: " + reason + "): download it again", e);
    } catch (IOException e) {
      throw InputFile.unreadable(path, e);
    }
  }

  private static Content read(Path path, DataInputStream file, int magic) throws IOException {
    int found = file.readInt();
    if (found != magic) {
      throw new UserException(wrongMagic(path, found, magic));
    }
    int count = file.readInt();
    int height = magic == IMAGES ? file.readInt() : 1;
    int width = magic == IMAGES ? file.readInt() : 1;
    if (count < 1 || height < 1 || width < 1 || height > MAX_SIDE || width > MAX_SIDE) {
      throw absurd(path, count, height, width);
    }
    long size = (long) count * height * width;
    if (size > Integer.MAX_VALUE - 8) {
      throw absurd(path, count, height, width);
    }
    byte[] bytes = file.readNBytes((int) size); // grows with what is there, not with what is said
    if (bytes.length < size) {
      throw new UserException(
          "%s: is cut short: %d of %d bytes are there: download it again"
              .formatted(path, bytes.length, size));
    }
    if (file.read() >= 0) {
      throw new UserException(
          "%s: goes on after the %d images or labels that it promises: download it again"
              .formatted(path, count));
    }
    return new Content(bytes, count, height, width);
  }

  private static String wrongMagic(Path path, int found, int magic) {
    String wanted = magic == IMAGES ? "images" : "labels";
    if (found == IMAGES || found == LABELS) {
      return "%s: holds %s where %s belong: give the two files back their names"
          .formatted(path, found == IMAGES ? "images" : "labels", wanted);
    }
    return "%s: is not an IDX file of %s: it begins with %08x, not %08x: download it again"
        .formatted(path, wanted, found, magic);
  }

  private static UserException absurd(Path path, int count, int height, int width) {
    return new UserException(
        "%s: claims to hold %d × %d × %d bytes, which cannot be: download it again"
            .formatted(path, Integer.toUnsignedLong(count), height, width));
  }
}
