package dev.sild.cli;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;

/** Images that train in a second: discs of two colours, anywhere, on any grey. */
final class Photographs {
  static final int SIDE = 16;

  private Photographs() {}

  /** A folder of {@code red-0000.png}, {@code blue-0000.png} and so on. */
  static Path folder(Path folder, int each) throws IOException {
    Files.createDirectories(folder);
    Random random = new Random(20261126);
    for (String name : List.of("red", "blue"))
      for (int i = 0; i < each; i++)
        ImageIO.write(
            disc(name.equals("red") ? Color.RED : Color.BLUE, random),
            "png",
            folder.resolve("%s-%04d.png".formatted(name, i)).toFile());
    return folder;
  }

  private static BufferedImage disc(Color colour, Random random) {
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = image.createGraphics();
    int grey = random.nextInt(256);
    pen.setColor(new Color(grey, grey, grey));
    pen.fillRect(0, 0, SIDE, SIDE);
    pen.setColor(colour);
    int wide = 4 + random.nextInt(6);
    pen.fillOval(random.nextInt(SIDE - wide), random.nextInt(SIDE - wide), wide, wide);
    pen.dispose();
    return image;
  }

  /** White from a column on, black before it. */
  static Path mask(Path file, int column) throws IOException {
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < SIDE; y++) for (int x = column; x < SIDE; x++) image.setRGB(x, y, 0xFFFFFF);
    ImageIO.write(image, "png", file.toFile());
    return file;
  }

  /** {@code train images} on them with small networks, then {@code more}, whose settings win. */
  static String[] train(Path folder, Path out, String... more) {
    String[] settings = {
      "data.size=16",
      "data.crop=none",
      "autoencoder.latent=2",
      "autoencoder.width=8",
      "autoencoder.levels=2",
      "collapse.batch=8",
      "collapse.steps=50",
      "denoiser.width=8",
      "denoiser.levels=1",
      "denoiser.heads=1",
      "denoiser.conditional=true",
      "refine.steps=200",
      "evaluation.samples=40",
      "evaluation.held_out=8",
      "evaluation.neighbours=8"
    };
    String[] all = new String[2 * settings.length + 4 + more.length];
    int at = 0;
    for (String setting : settings) {
      all[at++] = "--set";
      all[at++] = setting;
    }
    all[at++] = "--data";
    all[at++] = folder.toString();
    all[at++] = "--out";
    all[at++] = out.toString();
    System.arraycopy(more, 0, all, at, more.length);
    return Tiny.train("images", all);
  }
}
