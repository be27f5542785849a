package dev.sild.evaluation;

import dev.sild.UserException;
import dev.sild.data.ImageShape;
import dev.sild.export.OnnxFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/**
 * A network of the user's that maps images to features: an ONNX file with one input (N, 3 or 1, H,
 * W) and a first output (N, F) or (N, F, 1, 1), all f32. H and W may be free; then the images keep
 * their size.
 */
public final class FeatureNet implements AutoCloseable {
  private static final int INCEPTION_FEATURES = 2048;
  private static final int INCEPTION_SIDE = 299;
  private static final long INCEPTION_PARAMETERS = 20_000_000; // it has 21.8 million
  private static final long INCEPTION_BYTES = 40_000_000; // as halves

  private final Path file;
  private final String metric;
  private final OnnxNet net;
  private final ImageInput input;
  private final int features;

  private FeatureNet(
      Path file, String metric, ImageShape images, PixelRange range, int threads, int side) {
    this.file = file;
    this.metric = metric;
    net = new OnnxNet(file, threads);
    try {
      if (net.inputs().size() != 1)
        throw new UserException(
            "%s: it has %d inputs; a feature net has one".formatted(file, net.inputs().size()));
      input = new ImageInput(file, net.inputs().getFirst(), images, range, side);
      features = probe(images);
    } catch (Throwable e) {
      net.close();
      throw e;
    }
  }

  /**
   * Opens a net whose Fréchet distance is {@code frechet_<stem of the file's name>}.
   *
   * @param images that it will see
   * @param range of pixels that it expects
   * @param threads 1 for the same bits on every machine of a kind
   * @throws UserException if the file is not such a net
   */
  public static FeatureNet open(Path file, ImageShape images, PixelRange range, int threads) {
    return new FeatureNet(file, "frechet_" + stem(file), images, range, threads, 0);
  }

  /**
   * Opens Inception-v3 as the Fréchet Inception distance takes it: the 2048 features before its
   * last layer, of images of 299×299. What cannot be that net is refused, so that nothing else is
   * called {@code fid}.
   */
  public static FeatureNet inception(Path file, ImageShape images, PixelRange range, int threads) {
    FeatureNet net = new FeatureNet(file, "fid", images, range, threads, INCEPTION_SIDE);
    try {
      if (net.input.to().channels() != 3) throw notInception(file, "1 input channel, not 3");
      if (net.features != INCEPTION_FEATURES)
        throw notInception(file, net.features + " features, not " + INCEPTION_FEATURES);
      long bytes = Files.size(file);
      long parameters = bytes < INCEPTION_BYTES ? OnnxFile.parameters(file) : Long.MAX_VALUE;
      if (parameters < INCEPTION_PARAMETERS)
        throw notInception(file, parameters + " parameters, not 21.8 million");
      return net;
    } catch (IOException e) {
      net.close();
      throw new UserException("cannot read %s: %s".formatted(file, e.getMessage()), e);
    } catch (UserException e) {
      net.close();
      throw e;
    }
  }

  private static UserException notInception(Path file, String why) {
    return new UserException(
        "--inception %s: this is not Inception-v3: %s; --features measures by any net"
            .formatted(file, why));
  }

  /** The file's name without {@code .onnx}. */
  static String stem(Path file) {
    return file.getFileName().toString().replaceFirst("\\.onnx$", "");
  }

  /** Name of the Fréchet distance: {@code frechet_<stem>}, or {@code fid}. */
  public String metric() {
    return metric;
  }

  /** What its measures are called after: the file's stem, or {@code inception}. */
  String name() {
    return metric.equals("fid") ? "inception" : metric.substring("frechet_".length());
  }

  /** F. */
  public int features() {
    return features;
  }

  /**
   * Features (n, F) of images (n, C, H, W) in [−1, 1].
   *
   * @param cancelled asked between batches
   * @throws UserException if the net fails on them, or a feature is not finite
   * @throws CancellationException if {@code cancelled} said yes
   */
  public float[] of(float[] images, int n, BooleanSupplier cancelled) {
    float[] all = new float[Math.multiplyExact(n, features)];
    for (int at = 0; at < n; at += input.batch()) {
      if (cancelled.getAsBoolean()) throw new CancellationException("cancelled");
      int rows = Math.min(input.batch(), n - at);
      float[] some = run(images, at);
      System.arraycopy(some, 0, all, at * features, rows * features);
    }
    return all;
  }

  private int probe(ImageShape images) {
    return run(new float[images.size()], 0).length / input.batch();
  }

  /** A whole batch: a net may have a batch of its own, and its sums may depend on it. */
  private float[] run(float[] images, int first) {
    int rows = input.batch();
    OnnxNet.Output output =
        net.run(List.of(input.prepare(images, first, rows)), List.of(input.shape(rows)));
    long[] shape = output.shape();
    boolean flat = shape.length == 2 || shape.length == 4 && shape[2] == 1 && shape[3] == 1;
    if (!flat || shape[0] != rows || shape[1] < 1)
      throw new UserException(
          "%s: its output for %d images is %s, not (%d, features)"
              .formatted(file, rows, Arrays.toString(shape), rows));
    return output.values();
  }

  /** Which file it is, and what it sees. */
  public String describe() {
    return "%s, SHA-256 %s, %d features, %s"
        .formatted(file.getFileName(), net.digest(), features, input.describe());
  }

  @Override
  public void close() {
    net.close();
  }
}
