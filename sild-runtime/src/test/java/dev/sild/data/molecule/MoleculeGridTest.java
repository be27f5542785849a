package dev.sild.data.molecule;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

/** Pictures of structures. */
class MoleculeGridTest {

  @Test
  void moleculesStandSideBySide() throws IOException {
    List<String> set = List.of("c1ccccc1O", "no molecule", "CC(=O)Oc1ccccc1C(=O)O", "[Na+].[Cl-]");
    BufferedImage picture = ImageIO.read(new ByteArrayInputStream(MoleculeGrid.png(set, 3)));
    assertThat(picture.getWidth()).isEqualTo(3 * 180);
    assertThat(picture.getHeight()).isEqualTo(2 * 180);
    for (int cell = 0; cell < 6; cell++)
      assertThat(inked(picture, cell % 3 * 180, cell / 3 * 180)).isEqualTo(cell < 4);
    int red = 0; // oxygen is drawn in red
    for (int x = 0; x < 180; x++)
      for (int y = 0; y < 180; y++) {
        int rgb = picture.getRGB(x, y);
        if ((rgb >> 16 & 0xFF) > 200 && (rgb & 0xFF) < 60) red++;
      }
    assertThat(red).isPositive();
  }

  private static boolean inked(BufferedImage picture, int left, int top) {
    for (int x = left; x < left + 180; x++)
      for (int y = top; y < top + 180; y++)
        if ((picture.getRGB(x, y) & 0xFFFFFF) != 0xFFFFFF) return true;
    return false;
  }
}
