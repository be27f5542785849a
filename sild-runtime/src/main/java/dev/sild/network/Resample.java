package dev.sild.network;

import dev.sild.bindings.Resampling;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.ImageShape;

/** Twice the sides by repeating pixels, or half of them by the mean of 2 × 2. */
public final class Resample implements Layer {
  private final ImageShape in;
  private final Resampling kind;
  private final Slot output;
  private final Slot inputGradient;

  /**
   * @param in sides of x, even for {@link Resampling#DOWN}
   */
  public Resample(Blueprint blueprint, String name, ImageShape in, Resampling kind) {
    this.in = in;
    this.kind = kind;
    output = blueprint.rows(name + ".y", out(in, kind).size());
    inputGradient = blueprint.rowsForTraining(name + ".dx", in.size());
  }

  /** Sides of y. */
  static ImageShape out(ImageShape in, Resampling kind) {
    return switch (kind) {
      case UP -> new ImageShape(in.channels(), 2 * in.height(), 2 * in.width());
      case DOWN -> new ImageShape(in.channels(), in.height() / 2, in.width() / 2);
    };
  }

  @Override
  public View forward(Stream stream, View x) {
    View y = output.view().first(x.rows());
    stream.resample(y, x, in.height(), in.width(), kind, 1, false);
    return y;
  }

  @Override
  public View backward(Stream stream, View dy) {
    View dx = inputGradient.view().first(dy.rows());
    ImageShape from = out(in, kind);
    boolean up = kind == Resampling.UP;
    Resampling back = up ? Resampling.DOWN : Resampling.UP;
    stream.resample(dx, dy, from.height(), from.width(), back, up ? 4 : 0.25, false);
    return dx;
  }
}
