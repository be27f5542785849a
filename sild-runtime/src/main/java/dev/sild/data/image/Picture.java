package dev.sild.data.image;

import dev.sild.UserException;
import dev.sild.data.Resize;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorConvertOp;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** A decoded image, read line by line as numbers of sRGB over white, 0 … 255. */
final class Picture {
  static final long MAX_PIXELS = 1 << 26;

  private final BufferedImage image;
  private final boolean samples;
  private final int[] line;

  Picture(BufferedImage decoded) {
    image = inKnownColours(decoded);
    samples = holdsSamples(image.getColorModel());
    line = new int[image.getWidth() * (samples ? image.getRaster().getNumBands() : 1)];
  }

  /**
   * Decodes a file.
   *
   * @param name for people
   * @throws DamagedImage if it cannot be read, or not to its end
   * @throws UserException if it says that it has over {@value #MAX_PIXELS} pixels
   */
  static Picture decode(String name, byte[] file) throws DamagedImage {
    try (var in = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
      Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
      if (!readers.hasNext()) throw new DamagedImage("not an image of a known format");
      ImageReader reader = readers.next();
      try {
        return new Picture(read(name, reader, in));
      } finally {
        reader.dispose();
      }
    } catch (UserException | DamagedImage e) {
      throw e;
    } catch (IOException | RuntimeException e) { // what readers throw at a damaged file is any
      String reason = e.getMessage() == null ? e.toString() : e.getMessage();
      throw new DamagedImage(reason.lines().findFirst().orElse(""));
    }
  }

  private static BufferedImage read(String name, ImageReader reader, ImageInputStream in)
      throws IOException {
    List<String> warnings = new ArrayList<>();
    reader.addIIOReadWarningListener((_, warning) -> warnings.add(warning));
    reader.setInput(in, true);
    long width = reader.getWidth(0);
    long height = reader.getHeight(0);
    if (width * height > MAX_PIXELS)
      throw new UserException(
          "%s: says that it has %d×%d pixels, more than %,d: shrink or remove it"
              .formatted(name, width, height, MAX_PIXELS));
    BufferedImage image = reader.read(0);
    for (String warning : warnings) if (meansDamage(warning)) throw new DamagedImage(warning);
    return image;
  }

  /** The readers of JPEG fill what is missing with grey and only warn; stray bytes do no harm. */
  private static boolean meansDamage(String warning) {
    return warning.startsWith("Truncated File")
        || warning.startsWith("Corrupt JPEG data") && !warning.contains("extraneous bytes");
  }

  /** Other colours than grey, sRGB and palettes are converted by their profile. */
  private static BufferedImage inKnownColours(BufferedImage image) {
    ColorModel model = image.getColorModel();
    ColorSpace space = model.getColorSpace();
    if (space.isCS_sRGB() || space.getType() == ColorSpace.TYPE_GRAY) return image;
    int type = model.hasAlpha() ? BufferedImage.TYPE_4BYTE_ABGR : BufferedImage.TYPE_3BYTE_BGR;
    var converted = new BufferedImage(image.getWidth(), image.getHeight(), type);
    return new ColorConvertOp(null).filter(image, converted);
  }

  /** Whether the raster holds what is wanted; AWT itself would take grey for linear light. */
  private static boolean holdsSamples(ColorModel model) {
    int type = model.getTransferType();
    return model instanceof ComponentColorModel
        && (type == DataBuffer.TYPE_BYTE || type == DataBuffer.TYPE_USHORT)
        && !model.isAlphaPremultiplied();
  }

  int width() {
    return image.getWidth();
  }

  int height() {
    return image.getHeight();
  }

  /**
   * A square of it, resized (bilinear, antialiased: {@link Resize}) and rounded once.
   *
   * @param pixels receives (3, size, size) at {@code at}
   */
  void write(Crop.Window window, int size, byte[] pixels, int at) {
    float[] planes = new float[3 * size * size];
    new Resize(window.side(), window.side(), size, size)
        .planes(3, (y, rgb) -> read(window.x(), window.y() + y, window.side(), rgb), planes, 0);
    for (int i = 0; i < planes.length; i++) pixels[at + i] = (byte) Math.round(planes[i]);
  }

  private void read(int x, int y, int width, double[] rgb) {
    if (samples) readSamples(x, y, width, rgb);
    else readColours(x, y, width, rgb);
  }

  private void readSamples(int x, int y, int width, double[] rgb) {
    ColorModel model = image.getColorModel();
    int bands = image.getRaster().getNumBands();
    int colours = model.getNumColorComponents();
    image.getRaster().getPixels(x, y, width, 1, line);
    for (int i = 0; i < width; i++) {
      double alpha = model.hasAlpha() ? unit(model, line[i * bands + colours], colours) : 1;
      for (int c = 0; c < 3; c++) {
        int band = colours == 1 ? 0 : c;
        rgb[c * width + i] = 255 * over(unit(model, line[i * bands + band], band), alpha);
      }
    }
  }

  private static double unit(ColorModel model, int sample, int band) {
    return sample / (double) ((1 << model.getComponentSize(band)) - 1);
  }

  private void readColours(int x, int y, int width, double[] rgb) {
    image.getRGB(x, y, width, 1, line, 0, width);
    for (int i = 0; i < width; i++)
      for (int c = 0; c < 3; c++) {
        double colour = (line[i] >>> 16 - 8 * c & 0xFF) / 255.0;
        rgb[c * width + i] = 255 * over(colour, (line[i] >>> 24) / 255.0);
      }
  }

  /** A colour over white. */
  private static double over(double colour, double alpha) {
    return colour * alpha + 1 - alpha;
  }
}
