package dev.sild.sild;

import dev.sild.UserException;
import dev.sild.data.ImageShape;

/**
 * An image of which a part is known, in pixels and in latents. A latent pixel is drawn if any of
 * the pixels that it stands for is hidden. The encoder sees the mean of the known pixels where
 * others are hidden, and what it says of latent pixels beside them is as good as its field of view
 * is narrow.
 *
 * @param image channels and sides
 * @param latent those of a latent
 */
record Inpainting(Condition.Known known, ImageShape image, ImageShape latent) {
  Inpainting {
    if (image == null || latent == null)
      throw new UserException(
          "a mask needs latents that are images: train with autoencoder.kind = \"convolutional\"");
    if (known.image().length != image.size() || known.hidden().length != image.pixels())
      throw new IllegalArgumentException(
          "%d numbers and %d pixels are not those of an image of %s"
              .formatted(known.image().length, known.hidden().length, image));
  }

  /** The image with its hidden pixels filled, channel by channel. */
  float[] filled() {
    float[] filled = known.image().clone();
    for (int c = 0; c < image.channels(); c++) {
      int at = c * image.pixels();
      double sum = 0;
      int count = 0;
      for (int p = 0; p < image.pixels(); p++)
        if (!known.hidden()[p]) {
          sum += filled[at + p];
          count++;
        }
      float mean = count == 0 ? 0 : (float) (sum / count);
      for (int p = 0; p < image.pixels(); p++) if (known.hidden()[p]) filled[at + p] = mean;
    }
    return filled;
  }

  /** (Z): 1 where a latent's number is drawn, 0 where it is known. */
  float[] free() {
    float[] free = new float[latent.size()];
    int tall = image.height() / latent.height();
    int wide = image.width() / latent.width();
    for (int p = 0; p < image.pixels(); p++) {
      int y = p / image.width() / tall;
      int x = p % image.width() / wide;
      if (known.hidden()[p])
        for (int c = 0; c < latent.channels(); c++)
          free[c * latent.pixels() + y * latent.width() + x] = 1;
    }
    return free;
  }

  /** Puts the known pixels into drawn samples (rows, D), in place. */
  void paste(float[] samples) {
    for (int i = 0; i < samples.length; i++)
      if (!known.hidden()[i % image.pixels()]) samples[i] = known.image()[i % image.size()];
  }
}
