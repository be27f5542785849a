package dev.sild.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sild.UserException;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.nio.ByteBuffer;
import java.util.Arrays;
import javax.imageio.ImageTypeSpecifier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PictureTest {

  /** Red, green and blue of the only pixel that an image of one colour becomes. */
  private static int[] colour(byte[] file) throws DamagedImage {
    int[] pixels = pixels(file, Crop.CENTRE, 1);
    return Arrays.copyOf(pixels, 3);
  }

  private static int[] pixels(byte[] file, Crop crop, int size) throws DamagedImage {
    Picture picture = Picture.decode("x", file);
    byte[] pixels = new byte[3 * size * size];
    picture.write(crop.in("x", picture.width(), picture.height()), size, pixels, 0);
    int[] numbers = new int[pixels.length];
    for (int i = 0; i < numbers.length; i++) numbers[i] = pixels[i] & 0xFF;
    return numbers;
  }

  private static byte[] filled(ImageTypeSpecifier type, int... samples) {
    return Made.png(filledImage(type, samples));
  }

  @ParameterizedTest
  @CsvSource({
    "DDIM, 178, 218, 25, 57, 128", // 89 − 64, 121 − 64
    "SCORE_SDE, 178, 218, 19, 39, 140", // (178 − 140)/2, (218 − 140)/2
    "NVAE, 178, 218, 15, 40, 148",
    "CENTRE, 178, 218, 0, 20, 178",
    "CENTRE, 218, 177, 20, 0, 177", // 41/2 rounded down
    "NONE, 90, 90, 0, 0, 90",
  })
  void cropsTakeTheirPixelsAsTheyAre(Crop crop, int width, int height, int x, int y, int side)
      throws Exception {
    byte[] file = Made.png(Made.image(width, height, (i, j) -> i << 16 | j << 8 | i * j & 0xFF));
    int[] found = pixels(file, crop, side);
    int[] wanted = new int[3 * side * side];
    for (int j = 0; j < side; j++)
      for (int i = 0; i < side; i++) {
        wanted[j * side + i] = x + i;
        wanted[side * side + j * side + i] = y + j;
        wanted[2 * side * side + j * side + i] = (x + i) * (y + j) & 0xFF;
      }
    assertThat(found).isEqualTo(wanted);
  }

  @ParameterizedTest
  @CsvSource({"DDIM, 178, 184", "DDIM, 152, 218", "SCORE_SDE, 139, 218", "NVAE, 163, 187"})
  void cropsThatDoNotFitAreOneLine(Crop crop, int width, int height) {
    assertThatThrownBy(() -> crop.in("a.jpg", width, height))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("a.jpg: %d×%d pixels do not hold the crop".formatted(width, height))
        .hasMessageContaining("centre");
    assertThatThrownBy(() -> Crop.NONE.in("a.jpg", 3, 4)).hasMessageContaining("not a square");
  }

  /**
   * Halved, the first of two pixels weighs the four by 3, 3, 1, 0 sevenths, the second by 0, 1, 3,
   * 3.
   */
  @Test
  void halvingIsAntialiasedAndRoundsOnce() throws Exception {
    byte[] file =
        Made.png(
            Made.image(
                4,
                4,
                (x, y) ->
                    (x == 0 && y == 0 ? 245 << 16 : 0)
                        | (x == 2 && y == 1 ? 196 << 8 : 0)
                        | (x == 3 && y == 3 ? 200 : 0)));
    assertThat(pixels(file, Crop.NONE, 2))
        .containsExactly(
            45, 0, 0, 0, // 245 · 9/49
            12, 36, 4, 12, // 196 · (1 · 3, 3 · 3, 1 · 1, 3 · 1)/49
            0, 0, 0, 37); // 200 · 9/49 = 36.7
  }

  @Test
  void greyIsTakenAsItIsStored() throws Exception {
    assertThat(
            colour(filled(ImageTypeSpecifier.createGrayscale(8, DataBuffer.TYPE_BYTE, false), 100)))
        .containsExactly(100, 100, 100);
    assertThat(
            colour(
                filled(
                    ImageTypeSpecifier.createGrayscale(16, DataBuffer.TYPE_USHORT, false), 25_829)))
        .containsExactly(101, 101, 101); // 100.502
    for (int bits : new int[] {1, 2, 4})
      assertThat(
              colour(
                  filled(ImageTypeSpecifier.createGrayscale(bits, DataBuffer.TYPE_BYTE, false), 1)))
          .containsOnly(255 / ((1 << bits) - 1));
    byte[] jpeg =
        Made.file(
            filledImage(ImageTypeSpecifier.createGrayscale(8, DataBuffer.TYPE_BYTE, false), 100),
            "jpg");
    assertThat(colour(jpeg)).containsExactly(100, 100, 100);
  }

  private static BufferedImage filledImage(ImageTypeSpecifier type, int... samples) {
    BufferedImage image = type.createBufferedImage(4, 4);
    for (int i = 0; i < 16; i++) image.getRaster().setPixel(i % 4, i / 4, samples);
    return image;
  }

  /** c · 128/255 + 127, where 128 is the opacity. */
  @Test
  void whatIsTransparentLiesOnWhite() throws Exception {
    var greyAlpha = ImageTypeSpecifier.createGrayscale(8, DataBuffer.TYPE_BYTE, false, false);
    assertThat(colour(filled(greyAlpha, 100, 128))).containsExactly(177, 177, 177);
    var deep =
        ImageTypeSpecifier.createInterleaved(
            ColorSpace.getInstance(ColorSpace.CS_sRGB),
            new int[] {0, 1, 2, 3},
            DataBuffer.TYPE_USHORT,
            true,
            false);
    assertThat(colour(filled(deep, 100 * 257, 128 * 257, 257, 128 * 257)))
        .containsExactly(177, 191, 128);
    BufferedImage argb = new BufferedImage(1, 1, BufferedImage.TYPE_INT_ARGB);
    argb.setRGB(0, 0, 0x80648001);
    assertThat(colour(Made.png(argb))).containsExactly(177, 191, 128);
  }

  @Test
  void palettesGiveTheirColours() throws Exception {
    byte[] r = {0, 100, (byte) 200, 9};
    byte[] g = {0, 50, (byte) 150, 9};
    byte[] b = {0, 25, (byte) 250, 9};
    byte[] a = {(byte) 255, (byte) 255, (byte) 128, 0};
    int[][] wanted = {{0, 0, 0}, {100, 50, 25}, {227, 202, 252}, {255, 255, 255}};
    var model = new IndexColorModel(2, 4, r, g, b, a);
    for (int i = 0; i < 4; i++) {
      var image = new BufferedImage(4, 4, BufferedImage.TYPE_BYTE_BINARY, model);
      for (int p = 0; p < 16; p++) image.getRaster().setSample(p % 4, p / 4, 0, i);
      assertThat(colour(Made.png(image))).as("entry %d", i).isEqualTo(wanted[i]);
    }
    var opaque = new IndexColorModel(8, 3, r, g, b);
    var image = new BufferedImage(16, 16, BufferedImage.TYPE_BYTE_INDEXED, opaque);
    for (int p = 0; p < 256; p++) image.getRaster().setSample(p % 16, p / 16, 0, 2);
    assertThat(colour(Made.png(image))).containsExactly(200, 150, 250);
    assertThat(colour(Made.file(image, "gif"))).containsExactly(200, 150, 250);
  }

  /** Adobe stores 255 − ink; (255 − C)(255 − K)/255 without a profile. */
  @ParameterizedTest
  @CsvSource({
    "0, 255, 0, 0, 255, 255, 0, 0",
    "0, 0, 255, 255, 255, 0, 255, 255",
    "0, 255, 255, 255, 127, 127, 127, 127",
    "0, 200, 100, 50, 255, 200, 100, 50",
    "2, 0, 128, 128, 255, 255, 255, 255", // YCC of the inks: none,
    "2, 76, 85, 255, 255, 1, 255, 255", // and all of C
  })
  void jpegsInInkAreConverted(
      int transform, int c, int m, int y, int k, int red, int green, int blue) throws Exception {
    int[] found = colour(Made.adobeJpeg(transform, c, m, y, k));
    int[] wanted = {red, green, blue};
    for (int i = 0; i < 3; i++) assertThat(found[i]).isCloseTo(wanted[i], within(1));
  }

  /** 55/255 of linear light is 1.055 · 0.2157^(1/2.4) − 0.055 = 0.5019 in sRGB. */
  @Test
  void otherColoursAreConvertedByTheirProfile() throws Exception {
    byte[] profile = ICC_Profile.getInstance(ColorSpace.CS_LINEAR_RGB).getData();
    ByteBuffer segment = ByteBuffer.allocate(14 + profile.length);
    segment.put("ICC_PROFILE".getBytes()).put(new byte[] {0, 1, 1}).put(profile);
    byte[] plain = Made.file(Made.plain(16, 16, 0x373737), "jpg");
    byte[] jpeg = Made.withSegment(plain, 0xE2, segment.array());
    assertThat(colour(plain)).containsExactly(55, 55, 55);
    for (int found : colour(jpeg)) assertThat(found).isCloseTo(128, within(1));
    var space = ColorSpace.getInstance(ColorSpace.CS_LINEAR_RGB);
    var linear =
        ImageTypeSpecifier.createInterleaved(
            space, new int[] {0, 1, 2}, DataBuffer.TYPE_BYTE, false, false);
    byte[] pixels = new byte[3];
    new Picture(filledImage(linear, 55, 55, 55)).write(new Crop.Window(0, 0, 4), 1, pixels, 0);
    for (byte found : pixels) assertThat(found & 0xFF).isCloseTo(128, within(1));
  }

  @Test
  void damagedFilesAreNoImages() {
    BufferedImage image = Made.image(60, 50, (x, y) -> x * 4 << 16 | y * 5 << 8 | x * y & 0xFF);
    byte[] jpeg = Made.file(image, "jpg");
    byte[] png = Made.png(image);
    for (int cut = 1; cut <= 4; cut++) {
      damaged(Arrays.copyOf(jpeg, jpeg.length * cut / 5));
      damaged(Arrays.copyOf(png, png.length * cut / 5));
    }
    damaged(Arrays.copyOf(jpeg, jpeg.length - 2));
    damaged(Arrays.copyOf(png, png.length - 20));
    damaged(new byte[0]);
    damaged("<html>not found</html>".getBytes());
    byte[] flipped = png.clone();
    flipped[png.length / 2] ^= 4;
    damaged(flipped);
  }

  private static void damaged(byte[] file) {
    assertThatThrownBy(() -> Picture.decode("x", file)).isInstanceOf(DamagedImage.class);
  }

  @Test
  void strayBytesInJpegsDoNoHarm() throws Exception {
    byte[] jpeg = Made.file(Made.plain(16, 16, 0x808080), "jpg");
    byte[] padded = Arrays.copyOf(jpeg, jpeg.length + 4);
    padded[jpeg.length - 2] = 0;
    padded[jpeg.length - 1] = 0;
    padded[padded.length - 2] = (byte) 0xFF;
    padded[padded.length - 1] = (byte) 0xD9;
    assertThat(colour(padded)).containsExactly(128, 128, 128);
    assertThat(colour(Arrays.copyOf(jpeg, jpeg.length + 99))).containsExactly(128, 128, 128);
  }

  /** A header that promises 40 GB. */
  @Test
  void absurdSizesAreRefused() {
    byte[] png = Made.png(Made.plain(2, 2, 0));
    for (int at : new int[] {16, 20}) {
      png[at] = 0;
      png[at + 1] = 1;
      png[at + 2] = (byte) 0x86;
      png[at + 3] = (byte) 0xA0;
    }
    assertThatThrownBy(() -> Picture.decode("bomb.png", png))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("bomb.png: says that it has 100000×100000 pixels");
  }
}
