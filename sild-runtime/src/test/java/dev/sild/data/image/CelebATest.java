package dev.sild.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sild.Progress;
import dev.sild.UserException;
import dev.sild.data.DataSet;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** CelebA in small: 20 images of 178×218, image i grey of 10 i, laid out as it is published. */
class CelebATest {
  private static final int COUNT = 20;

  @TempDir Path scratch;
  private Path root;

  @BeforeEach
  void root() throws IOException {
    root = Files.createDirectory(scratch.resolve("celeba"));
  }

  private static String name(int i) {
    return "%06d.jpg".formatted(i);
  }

  private static byte[] jpeg(int i) {
    return Made.file(Made.plain(178, 218, 0x0A0A0A * i), "jpg");
  }

  private void images(Path folder) throws IOException {
    for (int i = 1; i <= COUNT; i++) Made.write(folder.resolve(name(i)), jpeg(i));
  }

  private void zip(Path path) throws IOException {
    Map<String, byte[]> entries = new TreeMap<>();
    for (int i = 1; i <= COUNT; i++) entries.put("img_align_celeba/" + name(i), jpeg(i));
    Made.zip(path, entries);
  }

  /** 1 … 14 training, 15 … 17 validation, 18 … 20 test. */
  private static String partition() {
    StringBuilder lines = new StringBuilder();
    for (int i = 1; i <= COUNT; i++)
      lines.append("%s %d\n".formatted(name(i), i <= 14 ? 0 : i <= 17 ? 1 : 2));
    return lines.toString();
  }

  /** Males are the even ones; the columns are as wide as in the original. */
  private static String attributes() {
    StringBuilder lines = new StringBuilder(COUNT + "\nBlond_Hair Male Smiling \n");
    for (int i = 1; i <= COUNT; i++)
      lines.append("%s -1 %2d  1\n".formatted(name(i), i % 2 == 0 ? 1 : -1));
    return lines.toString();
  }

  private DataSet.Pictures load(Path path, String attribute) throws IOException {
    return new ImageSet(Crop.DDIM, 8, false, attribute)
        .load(path, scratch.resolve("cache"), Progress.SILENT, () -> false);
  }

  private static void isCelebA(DataSet.Pictures found) {
    assertThat(found.trained().count()).isEqualTo(14);
    assertThat(found.kept().count()).isEqualTo(3);
    for (int i = 0; i < 3; i++) grey(found.kept(), i, 10 * (18 + i));
    for (int i = 0; i < 14; i++) grey(found.trained(), i, 10 * (1 + i));
  }

  private static void grey(ImageBank bank, int i, int wanted) {
    for (byte pixel : bank.image(i).toArray(ValueLayout.JAVA_BYTE))
      assertThat(pixel & 0xFF).isCloseTo(wanted, within(1)); // of JPEG
  }

  @Test
  void aFolderAsPublished() throws Exception {
    images(root.resolve("img_align_celeba"));
    Files.writeString(root.resolve("list_eval_partition.txt"), partition());
    Files.writeString(root.resolve("list_attr_celeba.txt"), attributes());
    DataSet.Pictures found = load(root, "Male");
    isCelebA(found);
    assertThat(found.classes()).containsExactly("not Male", "Male");
    assertThat(found.trained().labels()).startsWith(0, 1, 0, 1);
    assertThat(found.kept().labels()).containsExactly(1, 0, 1);
    assertThat(found.describe())
        .isEqualTo(
            "CelebA: 14 training and 3 held-out images, crop ddim (128×128 around x 89, y 121), "
                + "resized to 8×8, 2 classes: not Male, Male");
    assertThat(load(root.resolve("img_align_celeba"), null).classes()).isEmpty();
    isCelebA(load(root.resolve("img_align_celeba"), null));
  }

  @Test
  void aZipAsPublished() throws Exception {
    zip(root.resolve("img_align_celeba.zip"));
    Files.writeString(root.resolve("list_eval_partition.txt"), partition());
    isCelebA(load(root, null));
    isCelebA(load(root.resolve("img_align_celeba.zip"), null));
  }

  @Test
  void theFoldersOfTheDownload() throws Exception {
    zip(Files.createDirectory(root.resolve("Img")).resolve("img_align_celeba.zip"));
    Made.write(root.resolve("Eval/list_eval_partition.txt"), partition().getBytes());
    Made.write(root.resolve("Anno/list_attr_celeba.txt"), attributes().getBytes());
    isCelebA(load(root, "Smiling"));
    isCelebA(load(root.resolve("Img/img_align_celeba.zip"), "Smiling"));
  }

  private void refused(String attribute, String... words) {
    assertThatThrownBy(() -> load(root, attribute))
        .isInstanceOf(UserException.class)
        .hasMessageContainingAll(words)
        .hasMessageNotContaining("\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"000001.jpg", "000001.jpg 3", "000001.jpg 0 1", "0"})
  void partitionsOfAnotherFormAreRefused(String line) throws Exception {
    images(root.resolve("img_align_celeba"));
    String wrong = partition().replace("000002.jpg 0", line);
    Files.writeString(root.resolve("list_eval_partition.txt"), wrong);
    refused(null, "list_eval_partition.txt: line 2 is \"" + line + "\"");
  }

  @Test
  void partitionsOfOtherImagesAreRefusedWithTheCounts() throws Exception {
    Path list = root.resolve("list_eval_partition.txt");
    Files.writeString(list, partition());
    refused(null, "neither img_align_celeba nor img_align_celeba.zip");
    images(root.resolve("img_align_celeba"));
    Files.writeString(list, partition().replaceAll("(?m)^00001.*\n", ""));
    refused(null, "names 10 images", "holds 20", "10 are not named", "the first is 000010.jpg");
    Files.writeString(list, partition() + "000021.jpg 2\n");
    refused(null, "names 21 images", "holds 20", "1 are not there (the first is 000021.jpg)");
    Files.writeString(list, partition() + "000020.jpg 2\n");
    refused(null, "line 21 names 000020.jpg again");
    Files.writeString(list, partition().replace(" 2\n", " 1\n"));
    refused(null, "none is left to hold out");
    Files.delete(list);
    refused(null, "list_eval_partition.txt is missing");
  }

  @Test
  void attributesThatAreNotThereAreRefused() throws Exception {
    images(root.resolve("img_align_celeba"));
    Files.writeString(root.resolve("list_eval_partition.txt"), partition());
    refused("Male", "list_attr_celeba.txt is missing");
    Path list = root.resolve("list_attr_celeba.txt");
    Files.writeString(list, attributes());
    refused("Bald", "no attribute Bald", "Blond_Hair, Male, Smiling");
    Files.writeString(list, attributes().replace("000003.jpg -1", "000003.jpg"));
    refused("Male", "line 5 is", "3 times -1 or 1");
    Files.writeString(list, attributes().replaceAll("000007.*\n", ""));
    refused("Male", "says nothing of 000007.jpg");
    assertThatThrownBy(() -> load(scratch, "Male")).hasMessageContaining("is not CelebA");
  }
}
