package dev.sild.data.molecule;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.openscience.cdk.depict.DepictionGenerator;
import org.openscience.cdk.exception.CDKException;

/** Draws structures side by side, row by row, into one PNG. */
public final class MoleculeGrid {
  private static final int SIDE = 180; // pixels of a cell

  private MoleculeGrid() {}

  /**
   * The bytes of the PNG.
   *
   * @param molecules at least one; what is not valid is crossed out
   * @param columns at least 1
   */
  public static byte[] png(List<String> molecules, int columns) {
    if (molecules.isEmpty() || columns < 1)
      throw new IllegalArgumentException(
          "%d molecules in %d columns".formatted(molecules.size(), columns));
    int across = Math.min(columns, molecules.size());
    int down = Math.ceilDiv(molecules.size(), columns);
    var picture = new BufferedImage(across * SIDE, down * SIDE, BufferedImage.TYPE_INT_RGB);
    Graphics2D canvas = picture.createGraphics();
    canvas.setColor(Color.WHITE);
    canvas.fillRect(0, 0, picture.getWidth(), picture.getHeight());
    for (int i = 0; i < molecules.size(); i++)
      draw(canvas, molecules.get(i), i % columns * SIDE, i / columns * SIDE);
    canvas.dispose();
    return encode(picture);
  }

  private static void draw(Graphics2D canvas, String smiles, int x, int y) {
    try {
      BufferedImage cell =
          new DepictionGenerator()
              .withAtomColors()
              .withSize(SIDE, SIDE)
              .withMargin(10)
              .withFillToFit()
              .depict(Smiles.parse(smiles))
              .toImg();
      canvas.drawImage(cell, x, y, SIDE, SIDE, null);
    } catch (IllegalArgumentException | CDKException _) {
      // an empty cell, crossed out
    }
    if (Verdict.of(smiles).valid()) return;
    canvas.setColor(Color.GRAY);
    canvas.setStroke(new BasicStroke(3));
    canvas.drawLine(x + SIDE / 3, y + SIDE / 3, x + 2 * SIDE / 3, y + 2 * SIDE / 3);
    canvas.drawLine(x + 2 * SIDE / 3, y + SIDE / 3, x + SIDE / 3, y + 2 * SIDE / 3);
  }

  private static byte[] encode(BufferedImage picture) {
    var bytes = new ByteArrayOutputStream();
    try (var stream = new MemoryCacheImageOutputStream(bytes)) { // the default cache is a file
      ImageIO.write(picture, "png", stream);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory does not fail
    }
    return bytes.toByteArray();
  }
}
