package dev.sild.data;

import java.awt.image.Raster;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * The digits that come with the program: 5,000 handwritten ones of 20×20, 500 of each, from the
 * OpenCV samples ({@code digits.NOTICE.txt}). The tenth of them whose index i within its digit has
 * i % 10 == 9 is held out: it is never trained on.
 */
public final class Digits {
  private static final int SIDE = 20;
  private static final int ROWS = 50; // of the sheet; five rows a digit
  private static final int COLUMNS = 100;
  private static final int HELD_OUT = 10; // every tenth

  private Digits() {}

  /** All 5,000, sorted by digit. */
  public static LabelledImages load() {
    Raster sheet = sheet();
    int count = ROWS * COLUMNS;
    byte[] pixels = new byte[count * SIDE * SIDE];
    byte[] labels = new byte[count];
    int[] tile = new int[SIDE * SIDE];
    for (int i = 0; i < count; i++) {
      int row = i / COLUMNS;
      int column = i % COLUMNS;
      sheet.getSamples(column * SIDE, row * SIDE, SIDE, SIDE, 0, tile);
      for (int j = 0; j < tile.length; j++) {
        pixels[i * tile.length + j] = (byte) tile[j];
      }
      labels[i] = (byte) (row / 5);
    }
    return new LabelledImages(pixels, labels, count, SIDE, SIDE);
  }

  /** The 4,500 to train on. */
  public static LabelledImages training() {
    return load().split(HELD_OUT).training();
  }

  /** The 500 that are never trained on. */
  public static LabelledImages heldOut() {
    return load().split(HELD_OUT).heldOut();
  }

  private static Raster sheet() {
    try (InputStream file = Digits.class.getResourceAsStream("digits.png")) {
      // ImageIO's own cache would be a file; read closes this one
      return ImageIO.read(new MemoryCacheImageInputStream(file)).getRaster();
    } catch (IOException e) {
      throw new UncheckedIOException("digits.png inside the program is damaged: build again", e);
    }
  }
}
