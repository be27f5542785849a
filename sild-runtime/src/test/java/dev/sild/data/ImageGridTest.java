package dev.sild.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sild.UserException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageGridTest {
  private static final int GAP = 0xA0A0A0;
  private static final int LOUD = 0xFF00FF;

  @Test
  void greyImagesStandInRowsWithGapsBetween() throws IOException {
    float[] images = {-1, 1, 0, -0.5f, 1, -1}; // three of 1×2
    BufferedImage picture = decode(ImageGrid.png(images, 3, 2, 1, 1, 2, 1));
    assertThat(picture.getWidth()).isEqualTo(7);
    assertThat(picture.getHeight()).isEqualTo(5);
    assertThat(line(picture, 0)).containsOnly(GAP);
    assertThat(line(picture, 1)).containsExactly(GAP, 0, 0xFFFFFF, GAP, 0x808080, 0x404040, GAP);
    assertThat(line(picture, 2)).containsOnly(GAP);
    assertThat(line(picture, 3)).containsExactly(GAP, 0xFFFFFF, 0, GAP, GAP, GAP, GAP);
  }

  @Test
  void colourIsPlanarAndEveryPixelIsScaled() throws IOException {
    float[] image = {
      1, -1, -1, 1, 0, -1
    }; // (channel, row, column): red 1 −1, green −1 1, blue 0 −1
    BufferedImage picture = decode(ImageGrid.png(image, 1, 5, 3, 2, 1, 3));
    assertThat(picture.getWidth()).isEqualTo(9);
    assertThat(picture.getHeight()).isEqualTo(12);
    for (int y = 3; y < 9; y++) {
      int colour = y < 6 ? 0xFF0080 : 0x00FF00;
      assertThat(line(picture, y))
          .containsExactly(GAP, GAP, GAP, colour, colour, colour, GAP, GAP, GAP);
    }
  }

  @Test
  void valuesAreClippedAndWhatIsNotFiniteIsLoud() throws IOException {
    float[] image = {-9, 9, Float.NaN, Float.POSITIVE_INFINITY};
    BufferedImage grey = decode(ImageGrid.png(image, 1, 1, 1, 1, 4, 1));
    assertThat(line(grey, 1)).containsExactly(GAP, 0, 0xFFFFFF, LOUD, LOUD, GAP);
    float[] colour = {0, 0, Float.NaN};
    assertThat(line(decode(ImageGrid.png(colour, 1, 1, 3, 1, 1, 1)), 1))
        .containsExactly(GAP, LOUD, GAP);
  }

  @Test
  void writeMakesTheSameBytes(@TempDir Path folder) throws IOException {
    float[] images = new float[2 * 3 * 4 * 5];
    Path path = folder.resolve("x.png");
    ImageGrid.write(path, images, 2, 2, 3, 4, 5, 2);
    assertThat(path).hasBinaryContent(ImageGrid.png(images, 2, 2, 3, 4, 5, 2));
  }

  @Test
  void wrongArgumentsAreRefused() {
    float[] images = new float[12];
    assertThatThrownBy(() -> ImageGrid.png(images, 4, 2, 1, 2, 2, 1))
        .hasMessageContaining("12 numbers are less than 4");
    assertThatThrownBy(() -> ImageGrid.png(images, 1, 2, 2, 2, 2, 1))
        .hasMessageContaining("channels: 2");
    assertThatThrownBy(() -> ImageGrid.png(images, 0, 1, 1, 1, 1, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> ImageGrid.png(images, 12, 1, 1, 1, 1, 100_000))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("draw fewer images");
  }

  private static BufferedImage decode(byte[] png) throws IOException {
    return ImageIO.read(new ByteArrayInputStream(png));
  }

  private static int[] line(BufferedImage picture, int y) {
    int[] line = new int[picture.getWidth()];
    for (int x = 0; x < line.length; x++) {
      line[x] = picture.getRGB(x, y) & 0xFFFFFF;
    }
    return line;
  }
}
