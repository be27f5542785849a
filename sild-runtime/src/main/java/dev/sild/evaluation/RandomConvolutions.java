package dev.sild.evaluation;

import dev.sild.bindings.Activation;
import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Resampling;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.ImageShape;
import dev.sild.network.Blueprint;
import dev.sild.network.Conv;
import dev.sild.network.GroupNorm;
import dev.sild.network.Layer;
import dev.sild.network.Parameters;
import dev.sild.network.Resample;
import java.util.ArrayList;
import java.util.List;

/**
 * Features of images that nobody trained: random 3 × 3 convolutions with group norm and SiLU, sides
 * halved in between, down to two pixels a side. Such features tell distributions of images apart as
 * trained ones of another domain do (Naeem et al. 2020, section 4); the weights are those of one
 * fixed seed, so that figures of all runs are comparable. Owns its memory.
 */
final class RandomConvolutions implements AutoCloseable {
  /** What its measures are called after. */
  static final String NAME = "random_convolutions";

  private static final Noise WEIGHTS = new Noise(0x52434F4E, 1); // "RCON"
  private static final int FIRST = 32;
  private static final int MOST = 128;
  private static final int SMALLEST = 8; // side that is still convolved
  private static final int NUMBERS = 1 << 19; // of images in a call

  private final Parameters parameters = new Parameters();
  private final MemoryPlan memory = new MemoryPlan("random convolutions");
  private final List<Layer> layers = new ArrayList<>();
  private final Slot input;
  private final Stream stream;
  private final ImageShape image;
  private final int batch;
  private final int features;

  RandomConvolutions(Device device, ImageShape image) {
    this.image = image;
    batch = Math.clamp(NUMBERS / image.size(), 4, 256);
    Blueprint blueprint = new Blueprint(parameters, memory, batch, false);
    input = blueprint.rows("x", image.size());
    features = build(blueprint).size();
    parameters.allocate(device, false);
    memory.allocate(device);
    stream = device.openStream();
    parameters.initialise(stream, WEIGHTS);
  }

  /** Returns the sides and channels of the features. */
  private ImageShape build(Blueprint blueprint) {
    ImageShape at = image;
    int channels = FIRST;
    for (int level = 0; ; level++) {
      if (level == 0 || Math.min(at.height(), at.width()) >= SMALLEST) {
        String name = "level." + level;
        layers.add(new Conv(blueprint, name, at, channels, 3, 1, false));
        at = new ImageShape(channels, at.height(), at.width());
        layers.add(new GroupNorm(blueprint, name + ".norm", at, Activation.SILU));
        channels = Math.min(MOST, 2 * channels);
      }
      boolean even = at.height() % 2 == 0 && at.width() % 2 == 0;
      if (!even || Math.min(at.height(), at.width()) <= 2) return at;
      layers.add(new Resample(blueprint, "level." + level + ".down", at, Resampling.DOWN));
      at = new ImageShape(at.channels(), at.height() / 2, at.width() / 2);
    }
  }

  /** F: numbers in a row. */
  int features() {
    return features;
  }

  /** Features (n, F) of images (n, C, H, W) in [−1, 1]. */
  float[] of(float[] images) {
    int n = images.length / image.size();
    float[] all = new float[Math.multiplyExact(n, features)];
    float[] some = new float[batch * image.size()];
    for (int at = 0; at < n; at += batch) {
      int rows = Math.min(batch, n - at);
      System.arraycopy(images, at * image.size(), some, 0, rows * image.size());
      input.view().write(some);
      View y = input.view().first(rows);
      for (Layer layer : layers) y = layer.forward(stream, y);
      System.arraycopy(y.floats(), 0, all, at * features, rows * features);
    }
    return all;
  }

  @Override
  public void close() {
    stream.close();
    memory.close();
    parameters.close();
  }
}
