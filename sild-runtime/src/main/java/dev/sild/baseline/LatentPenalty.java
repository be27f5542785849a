package dev.sild.baseline;

import dev.sild.bindings.Stream;
import dev.sild.bindings.View;

/**
 * What a rival asks of its latents beside reconstruction. It stands between encoder and decoder,
 * and is used by one thread at a time.
 */
public interface LatentPenalty {

  /** No penalty: a plain autoencoder. */
  LatentPenalty NONE =
      new LatentPenalty() {
        @Override
        public View latent(Stream stream, View code, View step) {
          return code;
        }

        @Override
        public View backward(Stream stream, View dz, View step) {
          return dz;
        }

        @Override
        public View value() {
          return null;
        }
      };

  /**
   * What the decoder sees.
   *
   * @param code (B, outputs) of the encoder
   * @param step what {@link dev.sild.bindings.Step#writeTo} wrote
   * @return z (B, Z)
   */
  View latent(Stream stream, View code, View step);

  /**
   * The gradient of the code: that of the reconstruction, and the penalty's times its weight.
   *
   * @param dz (B, Z) of the reconstruction; may be overwritten
   */
  View backward(Stream stream, View dz, View step);

  /**
   * The penalty of each row of the last batch, not weighted, after {@link #backward}: (B), or null
   * for none. Their mean is the penalty.
   */
  View value();
}
