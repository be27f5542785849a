package dev.sild.sild;

import dev.sild.bindings.Stream;
import dev.sild.bindings.View;

/** No compression: diffusion of the data themselves. */
public final class Identity implements Autoencoder {
  @Override
  public View encode(Stream stream, View x) {
    return x;
  }

  @Override
  public View decode(Stream stream, View z) {
    return z;
  }

  @Override
  public View backward(Stream stream, View dy) {
    return dy;
  }
}
