package dev.sild.evaluation;

import dev.sild.bindings.Activation;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.network.Blueprint;
import dev.sild.network.Layer;
import dev.sild.network.Linear;

/**
 * The network behind the measures: pixels → 512 → {@value #FEATURES} features → {@value #CLASSES}
 * logits. Its last hidden layer is the feature space of the Fréchet distances that bear its name.
 */
final class Classifier implements Layer {
  static final int CLASSES = 10;
  static final int FEATURES = 128;

  private static final int WIDTH = 512;

  private final Linear first;
  private final Linear second;
  private final Linear last;
  private View features;

  Classifier(Blueprint blueprint, int pixels) {
    first = new Linear(blueprint, "first", pixels, WIDTH, Activation.SILU, Math.sqrt(2), false);
    second = new Linear(blueprint, "second", WIDTH, FEATURES, Activation.SILU, Math.sqrt(2), true);
    last = new Linear(blueprint, "last", FEATURES, CLASSES, Activation.IDENTITY, 1, true);
  }

  /** Logits (B, 10) of images (B, pixels) in [−1, 1]. */
  @Override
  public View forward(Stream stream, View x) {
    features = second.forward(stream, first.forward(stream, x));
    return last.forward(stream, features);
  }

  /** The features (B, 128) of the last forward pass. */
  View features() {
    return features;
  }

  @Override
  public View backward(Stream stream, View dy) {
    return first.backward(stream, second.backward(stream, last.backward(stream, dy)));
  }
}
