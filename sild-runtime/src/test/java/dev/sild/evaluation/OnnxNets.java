package dev.sild.evaluation;

import dev.sild.data.AtomicFile;
import dev.sild.data.Tensor;
import dev.sild.export.OnnxGraph;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Small networks of images in ONNX files, and what they compute, in double. */
public final class OnnxNets {
  private OnnxNets() {}

  /** Means of squares of pixels, a linear map of them, ReLU: (N, C, side, side) to (N, F). */
  public record Pooled(int channels, int side, int square, int features, float[] weight) {

    public static Pooled of(int channels, int side, int square, int features, long seed) {
      int pooled = channels * (side / square) * (side / square);
      float[] weight = new float[features * pooled];
      Random random = new Random(seed);
      for (int i = 0; i < weight.length; i++) weight[i] = (float) random.nextGaussian();
      return new Pooled(channels, side, square, features, weight);
    }

    /** Inputs of the linear map. */
    public int pooled() {
      return weight.length / features;
    }

    /** Writes it; batch −1 for any. */
    public Path write(Path file, int batch) throws IOException {
      OnnxGraph graph = new OnnxGraph("pooled");
      String x = graph.input("images", batch, channels, side, side);
      List<Long> sizes = List.of((long) square, (long) square);
      String means =
          graph.op(
              "AveragePool",
              List.of(
                  OnnxGraph.attribute("kernel_shape", sizes),
                  OnnxGraph.attribute("strides", sizes)),
              x);
      String w = graph.constant(Tensor.of("weight", weight, features, pooled()));
      String u =
          graph.op(
              "Gemm", List.of(OnnxGraph.attribute("transB", 1)), graph.op("Flatten", means), w);
      graph.output("features", graph.op("Relu", u), batch, features);
      return save(file, graph);
    }

    /** Features of one image (C, side, side). */
    public double[] of(double[] image) {
      double[] means = new double[pooled()];
      int across = side / square;
      for (int i = 0; i < image.length; i++) {
        int c = i / (side * side);
        int y = i / side % side / square;
        int x = i % side / square;
        means[(c * across + y) * across + x] += image[i] / (square * square);
      }
      double[] all = new double[features];
      for (int f = 0; f < features; f++) {
        for (int j = 0; j < means.length; j++) all[f] += weight[f * means.length + j] * means[j];
        all[f] = Math.max(0, all[f]);
      }
      return all;
    }

    /** Largest error of one feature in f32 for pixels in [−1, 1], to first order. */
    public double error() {
      double largest = 0;
      for (int f = 0; f < features; f++) {
        double sum = 0;
        for (int j = 0; j < pooled(); j++) sum += Math.abs(weight[f * pooled() + j]);
        largest = Math.max(largest, sum);
      }
      return (square * square + pooled() + 2) * Math.ulp(0.5f) * largest;
    }
  }

  /** Mean of each channel: (N, C, any, any) to (N, C, 1, 1). */
  public static Path means(Path file, int channels) throws IOException {
    OnnxGraph graph = new OnnxGraph("means");
    String x = graph.input("images", -1, channels, -1, -1);
    graph.output("features", graph.op("GlobalAveragePool", x), -1, channels, 1, 1);
    return save(file, graph);
  }

  /** The images themselves: not features. */
  public static Path identity(Path file, int channels) throws IOException {
    OnnxGraph graph = new OnnxGraph("identity");
    graph.output("same", graph.input("images", -1, channels, -1, -1), -1, channels, -1, -1);
    return save(file, graph);
  }

  /** Logarithms of the channels' means, not finite for black. */
  public static Path logarithms(Path file, int channels) throws IOException {
    OnnxGraph graph = new OnnxGraph("logarithms");
    String x = graph.input("images", -1, channels, -1, -1);
    String log = graph.op("Log", graph.op("GlobalAveragePool", x));
    graph.output("features", log, -1, channels, 1, 1);
    return save(file, graph);
  }

  /**
   * Mean square difference of two images.
   *
   * @param each whether of each pair, or of all together
   */
  public static Path squares(Path file, int channels, boolean each) throws IOException {
    OnnxGraph graph = new OnnxGraph("squares");
    String a = graph.input("a", -1, channels, -1, -1);
    String difference = graph.op("Sub", a, graph.input("b", -1, channels, -1, -1));
    String squares = graph.op("Mul", difference, difference);
    List<Long> axes = each ? List.of(1L, 2L, 3L) : List.of(0L, 1L, 2L, 3L);
    String mean =
        graph.op(
            "ReduceMean",
            List.of(OnnxGraph.attribute("axes", axes), OnnxGraph.attribute("keepdims", 0)),
            squares);
    if (each) graph.output("distance", mean, -1);
    else graph.output("distance", mean);
    return save(file, graph);
  }

  private static Path save(Path file, OnnxGraph graph) throws IOException {
    AtomicFile.write(file, channel -> graph.write(channel, Map.of()));
    return file;
  }
}
