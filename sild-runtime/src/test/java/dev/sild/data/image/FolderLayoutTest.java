package dev.sild.data.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sild.Progress;
import dev.sild.data.image.Selection.Part;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FolderLayoutTest {

  private static Selection select(String... names) {
    return FolderLayout.select(List.of(names), Progress.SILENT);
  }

  @Test
  void foldersAreClasses() {
    Selection found = select("set/cats/1.png", "set/cats/more/2.png", "set/dogs/1.png");
    assertThat(found.classes()).containsExactly("cats", "dogs");
    assertThat(found.labels()).containsExactly(0, 0, 1);
    assertThat(select("set/cats/1.png", "set/2.png").classes()).containsExactly(".", "cats");
    assertThat(select("set/cats/1.png", "set/cats/2.png").classes()).isEmpty();
  }

  @Test
  void beginningsOfNumberedNamesAreClassesWhereThereAreNoFolders() {
    Selection found = select("faces/a-0001.png", "faces/b-c_12.png", "faces/a-0002.jpg");
    assertThat(found.classes()).containsExactly("a", "b-c");
    assertThat(found.labels()).containsExactly(0, 1, 0);
    assertThat(select("a-1.png", "000002.png").classes()).isEmpty();
    assertThat(select("a-1.png", "a-2.png").classes()).isEmpty();
  }

  @Test
  void namesThatLeadElsewhereMeanNothing() {
    Selection found = select("../../etc/1.png", "/abs/1.png", "..\\abs\\2.png");
    assertThat(found.classes()).containsExactly("abs", "etc");
    assertThat(found.labels()).containsExactly(1, 0, 0);
  }

  @Test
  void moreThan256ClassesAreNone() {
    String[] names =
        IntStream.range(0, 257).mapToObj("c%d/1.png"::formatted).toArray(String[]::new);
    Selection found = select(names);
    assertThat(found.classes()).isEmpty();
    assertThat(found.labels()).containsOnly(0);
    String[] fewer = Arrays.copyOf(names, 256);
    assertThat(select(fewer).classes()).hasSize(256);
  }

  @Test
  void everyTenthOfEachLabelIsHeldOut() {
    String[] names =
        IntStream.range(0, 40)
            .mapToObj(i -> (i % 2 == 0 ? "a-%04d.png" : "b-%04d.png").formatted(i))
            .toArray(String[]::new);
    Part[] parts = select(names).parts();
    int[] out = IntStream.range(0, 40).filter(i -> parts[i] == Part.HELD_OUT).toArray();
    assertThat(out).containsExactly(18, 19, 38, 39);
  }

  @Test
  void foldersNamedAfterPartsAreParts() {
    Selection hq = select("hq/CelebAHQTrain/1.png", "hq/CelebAHQValidation/2.png");
    assertThat(hq.parts()).containsExactly(Part.TRAINING, Part.HELD_OUT);
    assertThat(hq.classes()).isEmpty();
    Selection stargan =
        select("train/female/1.jpg", "train/male/1.jpg", "val/female/2.jpg", "val/male/9.jpg");
    assertThat(stargan.parts())
        .containsExactly(Part.TRAINING, Part.TRAINING, Part.HELD_OUT, Part.HELD_OUT);
    assertThat(stargan.classes()).containsExactly("female", "male");
    assertThat(stargan.labels()).containsExactly(0, 1, 0, 1);
    assertThat(select("test/3.png", "train/1.png", "val/2.png").parts())
        .containsExactly(Part.HELD_OUT, Part.TRAINING, Part.UNUSED);
  }

  @Test
  void whatOnlySoundsLikeAPartIsAClass() {
    assertThat(select("car/1.png", "test/1.png", "train/2.png").classes())
        .containsExactly("car", "test", "train");
    assertThat(select("freight-train/1.png", "contest/2.png").classes())
        .containsExactly("contest", "freight-train");
    assertThat(select("train/1.png", "train/2.png").parts()).containsOnly(Part.TRAINING);
  }
}
