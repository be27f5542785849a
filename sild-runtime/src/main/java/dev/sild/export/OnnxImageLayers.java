package dev.sild.export;

import dev.sild.data.ImageShape;
import dev.sild.data.Tensor;
import dev.sild.network.ConvStack;
import dev.sild.network.GroupNorm;
import dev.sild.sild.RunConfig;
import java.util.List;

/**
 * The layers of images of {@code dev.sild.network} in operators of ONNX. Values are (batch, C, H,
 * W); {@link #image} and {@link #rows} lead from rows and back.
 *
 * @param rows the layers of rows over the same graph
 */
record OnnxImageLayers(OnnxLayers rows) {
  private static final float EPSILON = 1e-5f; // that of kernels/maths/group_norm.h

  private OnnxGraph graph() {
    return rows.graph();
  }

  /** (batch, C · H · W) as an image. */
  String image(String x, ImageShape shape) {
    return graph()
        .op("Reshape", x, rows.whole(-1, shape.channels(), shape.height(), shape.width()));
  }

  /** An image as (batch, C · H · W). */
  String rows(String x, ImageShape shape) {
    return graph().op("Reshape", x, rows.whole(-1, shape.size()));
  }

  /** A convolution of an odd window that keeps the sides. */
  String conv(String name, int window, String x) {
    long p = window / 2;
    return graph()
        .op(
            "Conv",
            List.of(OnnxGraph.attribute("pads", List.of(p, p, p, p))),
            x,
            rows.tensor(name + ".weight"),
            rows.tensor(name + ".bias"));
  }

  /** Group norm: each group is standardised as if it were one channel. */
  String groupNorm(String name, ImageShape shape, String x) {
    int channels = shape.channels();
    int groups = GroupNorm.groups(channels);
    String grouped = graph().op("Reshape", x, rows.whole(0, groups, -1));
    String hat =
        graph()
            .op(
                "InstanceNormalization",
                List.of(OnnxGraph.attribute("epsilon", EPSILON)),
                grouped,
                constant("ones", groups, 1),
                constant("zeros", groups, 0));
    String scaled = graph().op("Mul", image(hat, shape), planes(name + ".gain", channels));
    return graph().op("Add", scaled, planes(name + ".shift", channels));
  }

  private String constant(String name, int count, float value) {
    float[] values = new float[count];
    java.util.Arrays.fill(values, value);
    return graph().constant(Tensor.of(name + " " + count, values, count));
  }

  private String planes(String tensor, int channels) {
    return graph().op("Reshape", rows.tensor(tensor), rows.whole(1, channels, 1, 1));
  }

  /**
   * A residual block.
   *
   * @param embedding of σ, or null for a block that does not see it
   */
  String block(String name, ImageShape shape, int outputs, String x, String embedding) {
    ImageShape wide = new ImageShape(outputs, shape.height(), shape.width());
    String first = rows.silu(groupNorm(name + ".norm", shape, x));
    String u = groupNorm(name + ".inner_norm", wide, conv(name + ".inner", 3, first));
    if (embedding != null) {
      String both = rows.linear(name + ".modulation", embedding);
      String a = graph().op("Add", part(both, 0, outputs), graph().constant(1));
      u = graph().op("Add", graph().op("Mul", u, a), part(both, outputs, 2 * outputs));
    }
    String skip = shape.channels() == outputs ? x : conv(name + ".skip", 1, x);
    return graph().op("Add", skip, conv(name + ".outer", 3, rows.silu(u)));
  }

  /** Columns from … to − 1 of a modulation, a plane each. */
  private String part(String both, int from, int to) {
    String columns = graph().op("Slice", both, rows.whole(from), rows.whole(to), rows.whole(1));
    return graph().op("Reshape", columns, rows.whole(-1, to - from, 1, 1));
  }

  /** Every pixel four times. */
  String up(ImageShape shape, String x) {
    String pixels =
        graph()
            .op(
                "Reshape",
                x,
                rows.whole(-1, shape.channels(), shape.height(), 1, shape.width(), 1));
    String tall = graph().op("Concat", List.of(OnnxGraph.attribute("axis", 3)), pixels, pixels);
    String wide = graph().op("Concat", List.of(OnnxGraph.attribute("axis", 5)), tall, tall);
    return image(wide, new ImageShape(shape.channels(), 2 * shape.height(), 2 * shape.width()));
  }

  /** Means of 2 × 2 pixels. */
  String down(String x) {
    List<Long> two = List.of(2L, 2L);
    return graph()
        .op(
            "AveragePool",
            List.of(OnnxGraph.attribute("kernel_shape", two), OnnxGraph.attribute("strides", two)),
            x);
  }

  /** x + out(softmax(q kᵀ/√d) v). */
  String attention(String name, ImageShape shape, int heads, String x) {
    int d = shape.channels() / heads;
    String qkv = conv(name + ".qkv", 1, groupNorm(name + ".norm", shape, x));
    String[] parts = new String[3]; // (batch, heads, d, pixels)
    for (int i = 0; i < 3; i++) {
      long from = (long) i * shape.channels();
      String some =
          graph()
              .op(
                  "Slice",
                  qkv,
                  rows.whole(from),
                  rows.whole(from + shape.channels()),
                  rows.whole(1));
      parts[i] = graph().op("Reshape", some, rows.whole(-1, heads, d, shape.pixels()));
    }
    String query =
        graph()
            .op(
                "Transpose",
                List.of(OnnxGraph.attribute("perm", List.of(0L, 1L, 3L, 2L))),
                parts[0]);
    String scores =
        graph()
            .op("Mul", graph().op("MatMul", query, parts[1]), graph().constant(1 / Math.sqrt(d)));
    String weights = graph().op("Softmax", List.of(OnnxGraph.attribute("axis", -1)), scores);
    String turned =
        graph()
            .op(
                "Transpose",
                List.of(OnnxGraph.attribute("perm", List.of(0L, 1L, 3L, 2L))),
                weights);
    String y = image(graph().op("MatMul", parts[2], turned), shape);
    return graph().op("Add", x, conv(name + ".out", 1, y));
  }

  /** The convolutional encoder, rows to rows. */
  String encoder(String name, ImageShape image, RunConfig.Autoencoder config, String x) {
    String h = conv(name + ".in", 3, image(x, image));
    ImageShape at = new ImageShape(config.width(), image.height(), image.width());
    for (int level = 0; level <= config.levels(); level++) {
      int channels = ConvStack.channels(config.width(), level);
      for (int i = 0; i < config.blocks(); i++) {
        h = block(name + "." + level + "." + i, at, channels, h, null);
        at = new ImageShape(channels, at.height(), at.width());
      }
      if (level == config.levels()) break;
      h = down(h);
      at = new ImageShape(channels, at.height() / 2, at.width() / 2);
    }
    return head(name, at, h);
  }

  /** The convolutional decoder, rows to rows. */
  String decoder(String name, ImageShape latent, RunConfig.Autoencoder config, String z) {
    String h = conv(name + ".in", 3, image(z, latent));
    ImageShape at =
        new ImageShape(
            ConvStack.channels(config.width(), config.levels()), latent.height(), latent.width());
    for (int level = config.levels(); level >= 0; level--) {
      for (int i = 0; i < config.blocks(); i++) {
        boolean last = i + 1 == config.blocks();
        int channels = ConvStack.channels(config.width(), last ? Math.max(0, level - 1) : level);
        h = block(name + "." + level + "." + i, at, channels, h, null);
        at = new ImageShape(channels, at.height(), at.width());
      }
      if (level == 0) break;
      h = up(at, h);
      at = new ImageShape(at.channels(), 2 * at.height(), 2 * at.width());
    }
    return head(name, at, h);
  }

  private String head(String name, ImageShape at, String h) {
    String y = conv(name + ".out", 3, rows.silu(groupNorm(name + ".norm", at, h)));
    return graph().op("Flatten", y);
  }

  /** F of the convolutional denoiser, rows to rows. */
  String unet(
      String name, ImageShape latent, RunConfig.Denoiser config, String x, String embedding) {
    String h = conv(name + ".in", 3, image(x, latent));
    ImageShape top = new ImageShape(config.width(), latent.height(), latent.width());
    h = level(name, 0, top, config, h, embedding);
    String y = conv(name + ".out", 3, rows.silu(groupNorm(name + ".norm", top, h)));
    return graph().op("Flatten", y);
  }

  /** A level and all below it. */
  private String level(
      String name, int level, ImageShape at, RunConfig.Denoiser config, String x, String e) {
    String own = name + "." + level;
    int width = at.channels();
    String h = x;
    for (int i = 0; i < config.blocks(); i++) h = block(own + ".down." + i, at, width, h, e);
    if (level == config.levels()) {
      if (config.heads() > 0) h = attention(name + ".attention", at, config.heads(), h);
    } else {
      ImageShape half = new ImageShape(width, at.height() / 2, at.width() / 2);
      ImageShape below = new ImageShape(2 * width, half.height(), half.width());
      String low = block(own + ".widen", half, 2 * width, down(h), e);
      low = level(name, level + 1, below, config, low, e);
      low = up(half, block(own + ".narrow", below, width, low, e));
      h = graph().op("Add", low, h);
    }
    for (int i = 0; i < config.blocks(); i++) h = block(own + ".up." + i, at, width, h, e);
    return h;
  }
}
