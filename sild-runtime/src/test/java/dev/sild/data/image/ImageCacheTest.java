package dev.sild.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sild.Progress;
import dev.sild.UserException;
import dev.sild.data.DataSet;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageCacheTest {
  private static final int SIZE = 400; // 480,000 bytes an image, 8 in a block

  @TempDir Path scratch;
  private final List<String> said = new ArrayList<>();

  private final Progress heard =
      new Progress() {
        @Override
        public void begin(String task, String unit, long done, long total) {}

        @Override
        public void advance(long done) {}

        @Override
        public void end() {}

        @Override
        public void say(String line) {
          said.add(line);
        }
      };

  private DataSet.Pictures load(Path path, int size, BooleanSupplier cancelled) throws IOException {
    return new ImageSet(Crop.CENTRE, size, false, null)
        .load(path, scratch.resolve("cache"), heard, cancelled);
  }

  private DataSet.Pictures load(Path path, int size) throws IOException {
    return load(path, size, () -> false);
  }

  /** Image i is a flat 4 + i. BMP: its size does not depend on the colour. */
  private Path folder(int count) throws IOException {
    Path folder = scratch.resolve("set");
    for (int i = 0; i < count; i++)
      flat(folder.resolve("x-%03d.bmp".formatted(i)), (4 + i) * 0x010101);
    return folder;
  }

  private static void flat(Path path, int colour) throws IOException {
    Made.write(path, Made.file(Made.plain(4, 4, colour), "bmp"));
    Files.setLastModifiedTime(path, FileTime.fromMillis(1_600_000_000_000L));
  }

  /** Colours of the first pixels, in the order of the names; every tenth is held out. */
  private static int[] colours(DataSet.Pictures pictures) {
    int count = pictures.trained().count() + pictures.kept().count();
    int[] colours = new int[count];
    for (int i = 0; i < count; i++)
      colours[i] =
          (i % 10 == 9 ? pictures.kept().image(i / 10) : pictures.trained().image(i - i / 10))
                  .get(ValueLayout.JAVA_BYTE, 0)
              & 0xFF;
    return colours;
  }

  private Path cacheFile() throws IOException {
    try (var files = Files.list(scratch.resolve("cache"))) {
      return files.filter(file -> file.toString().endsWith(".images")).findFirst().orElseThrow();
    }
  }

  private static void flip(Path path, long at) throws IOException {
    try (var file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      file.read(one, at);
      one.put(0, (byte) (one.get(0) ^ 16)).flip();
      file.write(one, at);
    }
  }

  private CacheLayout layout(Path source) throws IOException {
    try (ImageFiles files = ImageFiles.open(source)) {
      return CacheLayout.of(source.toRealPath(), files.entries(), Crop.CENTRE, SIZE);
    }
  }

  private static int[] range(int count) {
    int[] all = new int[count];
    for (int i = 0; i < count; i++) all[i] = 4 + i;
    return all;
  }

  @Test
  void whatIsDecodedOnceIsNotDecodedAgain() throws Exception {
    Path folder = folder(20);
    assertThat(colours(load(folder, SIZE))).isEqualTo(range(20));
    assertThat(said).hasSize(1).first().asString().contains("20 images decoded into");
    assertThat(colours(load(folder, SIZE))).isEqualTo(range(20));
    assertThat(said).hasSize(1);
    assertThat(cacheFile().resolveSibling(cacheFile().getFileName() + ".part")).doesNotExist();
    flat(folder.resolve("x-003.bmp"), 0xFFFFFF);
    Files.setLastModifiedTime(folder.resolve("x-003.bmp"), FileTime.fromMillis(0));
    assertThat(colours(load(folder, SIZE))[3]).as("a changed source").isEqualTo(255);
    try (var files = Files.list(scratch.resolve("cache"))) {
      assertThat(files.filter(file -> file.toString().endsWith(".images"))).hasSize(1);
    }
  }

  /** A build that stopped after two of three blocks; the sources have secretly changed since. */
  @Test
  void aBuildGoesOnAfterTheBlocksThatAreWhole() throws Exception {
    Path folder = folder(20);
    load(folder, SIZE);
    CacheLayout layout = layout(folder);
    assertThat(layout.blocks()).isEqualTo(3);
    Path part = cacheFile().resolveSibling(cacheFile().getFileName() + ".part");
    Files.move(cacheFile(), part);
    try (var file = FileChannel.open(part, StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.allocate(8), layout.tableAt(1));
      file.truncate(layout.pixelsAt(18)); // and the last one lost its end
    }
    for (int i = 0; i < 20; i++) flat(folder.resolve("x-%03d.bmp".formatted(i)), 0xC8C8C8);
    int[] wanted = range(20);
    for (int i = 8; i < 20; i++) wanted[i] = 200;
    assertThat(colours(load(folder, SIZE))).isEqualTo(wanted);
    assertThat(said).last().asString().contains("12 images decoded");
    assertThat(part).doesNotExist();
  }

  @Test
  void damagedBlocksAreBuiltAgain() throws Exception {
    Path folder = folder(20);
    load(folder, SIZE);
    CacheLayout layout = layout(folder);
    flip(cacheFile(), layout.pixelsAt(5) + 1000);
    flip(cacheFile(), layout.statesAt(17));
    assertThat(colours(load(folder, SIZE))).isEqualTo(range(20));
    assertThat(said).last().asString().contains("12 images decoded"); // blocks 0 and 2
    flip(cacheFile(), 20);
    assertThat(colours(load(folder, SIZE))).isEqualTo(range(20));
    assertThat(said).last().asString().contains("20 images decoded");
  }

  @Test
  void whoCancelsFindsTheSameAsWhoDoesNot() throws Exception {
    Path folder = folder(20);
    assertThatThrownBy(() -> load(folder, SIZE, () -> true))
        .isInstanceOf(CancellationException.class)
        .hasMessageContaining("of 20 images");
    assertThat(colours(load(folder, SIZE))).isEqualTo(range(20));
  }

  @Test
  void twoAtOnceBuildOne() throws Exception {
    Path folder = folder(20);
    var other =
        CompletableFuture.supplyAsync(() -> {
          try {
            return new ImageSet(Crop.CENTRE, SIZE, false, null)
                .load(folder, scratch.resolve("cache"), Progress.SILENT, () -> false);
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
    assertThat(colours(load(folder, SIZE))).isEqualTo(range(20));
    assertThat(colours(other.join())).isEqualTo(range(20));
  }

  @Test
  void oneDamagedImageInAHundredIsNamedAndSkipped() throws Exception {
    Path folder = folder(200);
    Made.write(folder.resolve("x-007.bmp"), new byte[99]);
    Made.write(folder.resolve("x-009.bmp"), "no image".getBytes());
    for (int time : new int[] {0, 2}) { // decoded at first, which is said in line 1
      DataSet.Pictures found = load(folder, 4);
      assertThat(found.trained().count()).isEqualTo(179);
      assertThat(found.kept().count()).isEqualTo(19);
      assertThat(found.trained().image(7).get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 12);
      assertThat(said.get(time)).contains("skipped 2 of 200 images", "x-007.bmp", "x-009.bmp");
    }
    Made.write(folder.resolve("x-011.bmp"), new byte[99]);
    assertThatThrownBy(() -> load(folder, 4))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("more than 1 in 100 of its 200 images are damaged: x-007.bmp (");
  }

  @Test
  void entriesOfAZipReachNothingOutsideIt() throws Exception {
    var entries = new TreeMap<String, byte[]>();
    for (int i = 0; i < 10; i++) {
      byte[] image = Made.png(Made.plain(4, 4, (4 + i) * 0x010101));
      entries.put(
          i % 2 == 0 ? "../../%d.png".formatted(i) : "/tmp/deep/er/%d.png".formatted(i), image);
    }
    entries.put("__MACOSX/._1.png", new byte[9]);
    entries.put("faces/._2.png", new byte[9]);
    entries.put("readme.txt", new byte[9]);
    Path zip = Made.zip(Files.createDirectory(scratch.resolve("in")).resolve("faces.zip"), entries);
    assertThatThrownBy(() -> load(zip, 4)).hasMessageContaining("none is left to hold out");
    for (int i = 10; i < 30; i++)
      entries.put("../../%d.png".formatted(i), Made.png(Made.plain(4, 4, i * 0x010101)));
    Made.zip(zip, entries);
    DataSet.Pictures found = load(zip, 4);
    assertThat(found.name()).isEqualTo("faces");
    assertThat(found.trained().count() + found.kept().count()).isEqualTo(30);
    try (var all = Files.walk(scratch)) {
      assertThat(all.filter(Files::isRegularFile).map(file -> file.getFileName().toString()))
          .allMatch(name -> name.equals("faces.zip") || name.startsWith("faces-centre-4-"));
    }
  }

  @Test
  void bombsAreRefused() throws Exception {
    var entries = new TreeMap<String, byte[]>();
    for (int i = 0; i < 20; i++) entries.put(i + ".png", Made.png(Made.plain(4, 4, i)));
    entries.put("bomb.png", new byte[(int) ImageFiles.MAX_BYTES + 1]);
    Path zip = Made.zip(scratch.resolve("a.zip"), entries);
    assertThat(Files.size(zip)).isLessThan(100_000);
    assertThatThrownBy(() -> load(zip, 4))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("bomb.png has over");
    Files.write(zip, lying(Files.readAllBytes(zip)));
    assertThatThrownBy(() -> load(zip, 4))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("bomb.png has over");
  }

  /** The zip with a directory that says that bomb.png has 100 bytes. */
  private static byte[] lying(byte[] zip) {
    String text = new String(zip, StandardCharsets.ISO_8859_1);
    int name = text.lastIndexOf("bomb.png");
    ByteBuffer.wrap(zip).order(ByteOrder.LITTLE_ENDIAN).putInt(name - 46 + 24, 100);
    return zip;
  }

  @Test
  void zipsThatAreDamaged() throws Exception {
    var entries = new TreeMap<String, byte[]>();
    for (int i = 0; i < 100; i++)
      entries.put("%02d.png".formatted(i), Made.png(Made.plain(4, 4, i * 0x010101)));
    Path zip = Made.zip(scratch.resolve("a.zip"), entries);
    byte[] whole = Files.readAllBytes(zip);
    flip(zip, new String(whole, StandardCharsets.ISO_8859_1).indexOf("42.png") + 30);
    assertThat(load(zip, 4).trained().count()).isEqualTo(89);
    assertThat(said).first().asString().contains("skipped 1 of 100 images", "42.png (zip: ");
    Files.write(zip, Arrays.copyOf(whole, whole.length / 2));
    assertThatThrownBy(() -> load(zip, 4))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("neither a folder nor a whole zip");
  }

  @Test
  void pathsWithoutImagesAreOneLine() throws Exception {
    assertThatThrownBy(() -> load(scratch.resolve("none"), 4))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("there is no such folder or zip");
    Files.createDirectories(scratch.resolve("empty/.hidden"));
    Made.write(scratch.resolve("empty/.hidden/a.png"), new byte[3]);
    Made.write(scratch.resolve("empty/readme.txt"), new byte[3]);
    assertThatThrownBy(() -> load(scratch.resolve("empty"), 4))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("holds no image");
    assertThatThrownBy(() -> new ImageSet(Crop.CENTRE, 0, false, null))
        .isInstanceOf(UserException.class);
  }

  @Test
  void drawnFacesAreTenThousandOfFourStyles() throws Exception {
    Path zip = Path.of(System.getProperty("sild.data", "../../shared/data"), "faces/faces64.zip");
    assumeTrue(Files.exists(zip), "skipped: no " + zip + " (set -Dsild.data)");
    DataSet.Pictures found = load(zip, 64);
    assertThat(found.classes()).containsExactly("adventurer", "bigEars", "micah", "personas");
    int[] of = new int[4];
    for (int i = 0; i < found.trained().count(); i++) of[found.trained().label(i)]++;
    assertThat(of).containsOnly(2250);
    assertThat(found.kept().count()).isEqualTo(1000);
    System.out.println(found.describe());
  }
}
