package dev.sild.evaluation;

import dev.sild.UserException;
import dev.sild.data.ImageShape;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/**
 * A perceptual distance of two images by a network of the user's (Zhang, Isola, Efros, Shechtman,
 * Wang 2018): an ONNX file with two inputs (N, 3 or 1, H, W) in [−1, 1] and a first output of one
 * number a pair, all f32.
 */
public final class Lpips implements AutoCloseable {
  private final Path file;
  private final OnnxNet net;
  private final ImageInput input;

  /**
   * Opens the file.
   *
   * @throws UserException if it is not such a net
   */
  public Lpips(Path file, ImageShape images, int threads) {
    this.file = file;
    net = new OnnxNet(file, threads);
    try {
      if (net.inputs().size() != 2
          || !Arrays.equals(net.inputs().get(0).shape(), net.inputs().get(1).shape()))
        throw new UserException(
            "--lpips %s: it takes no two images of the same size".formatted(file));
      input = new ImageInput(file, net.inputs().getFirst(), images, PixelRange.SIGNED, 0);
      float[] black = new float[images.size()];
      distances(black, black, 0);
    } catch (Throwable e) {
      net.close();
      throw e;
    }
  }

  /**
   * The mean distance of n pairs (n, C, H, W) in [−1, 1].
   *
   * @param cancelled asked between batches
   */
  public double mean(float[] a, float[] b, int n, BooleanSupplier cancelled) {
    double sum = 0;
    for (int at = 0; at < n; at += input.batch()) {
      if (cancelled.getAsBoolean()) throw new CancellationException("cancelled");
      float[] distances = distances(a, b, at);
      for (int i = 0; i < Math.min(input.batch(), n - at); i++) sum += distances[i];
    }
    return sum / n;
  }

  private float[] distances(float[] a, float[] b, int first) {
    int rows = input.batch();
    long[] shape = input.shape(rows);
    OnnxNet.Output output =
        net.run(
            List.of(input.prepare(a, first, rows), input.prepare(b, first, rows)),
            List.of(shape, shape));
    if (output.values().length != rows)
      throw new UserException(
          "--lpips %s: its output for %d pairs is %s, not one number a pair"
              .formatted(file, rows, Arrays.toString(output.shape())));
    return output.values();
  }

  /** Which file it is, and what it sees. */
  public String describe() {
    return "%s, SHA-256 %s, %s".formatted(file.getFileName(), net.digest(), input.describe());
  }

  @Override
  public void close() {
    net.close();
  }
}
