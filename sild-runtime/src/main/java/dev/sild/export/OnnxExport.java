package dev.sild.export;

import dev.sild.data.AtomicFile;
import dev.sild.data.DataSet;
import dev.sild.data.SampleSpace;
import dev.sild.diffusion.LatentNetwork;
import dev.sild.sild.Method;
import dev.sild.sild.ModelFile;
import dev.sild.sild.RunConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * A model as ONNX graphs, each of any number of rows:
 *
 * <ul>
 *   <li>{@code encoder.onnx}: x (batch, D) in the data's own units → z (batch, Z), in the
 *       encoder's;
 *   <li>{@code decoder.onnx}: z (batch, Z) → x (batch, D), images clamped to [−1, 1];
 *   <li>{@code denoiser.onnx}: standardised latents x (batch, Z), sigma (batch) &gt; 0 → denoised
 *       (batch, Z) = D(x; σ); of a model with labels, D without one.
 * </ul>
 *
 * <p>Diffusion of the data themselves has no encoder and no decoder, a Gaussian mixture no
 * denoiser.
 */
public final class OnnxExport {
  private static final int ANY = -1;

  private final ExportedModel model;
  private final ModelFile.Contents contents;
  private final RunConfig.Autoencoder autoencoder;

  private OnnxExport(ExportedModel model) {
    this.model = model;
    this.contents = model.contents();
    this.autoencoder = contents.config().autoencoder();
  }

  /** The graphs by the names of their files. */
  public static SequencedMap<String, OnnxGraph> graphs(ExportedModel model) {
    OnnxExport export = new OnnxExport(model);
    SequencedMap<String, OnnxGraph> graphs = new LinkedHashMap<>();
    Method method = model.contents().config().method();
    if (method.compresses()) {
      graphs.put("encoder.onnx", export.encoder());
      graphs.put("decoder.onnx", export.decoder());
    }
    if (method.diffuses()) graphs.put("denoiser.onnx", export.denoiser());
    return graphs;
  }

  /** Writes one of them, whole or not at all. */
  public static void write(Path path, OnnxGraph graph, ExportedModel model) throws IOException {
    AtomicFile.write(path, channel -> graph.write(channel, model.metadata()));
  }

  private OnnxGraph encoder() {
    OnnxGraph graph = new OnnxGraph("encoder");
    OnnxLayers layers = new OnnxLayers(graph, model.weights());
    DataSet.Normalisation units = contents.normalisation();
    String x = graph.input("x", ANY, contents.dimension());
    String z = encode(layers, layers.affine("data", units.scale(), units.shift(), x));
    graph.output("z", z, ANY, contents.config().latent(contents.space()));
    return graph;
  }

  private String encode(OnnxLayers layers, String u) {
    if (contents.config().method() == Method.VAE) return mean(layers, u);
    return outputs(layers, u);
  }

  /** All outputs of the encoder. */
  private String outputs(OnnxLayers layers, String u) {
    return switch (autoencoder.kind()) {
      case CONVOLUTIONAL ->
          new OnnxImageLayers(layers).encoder("encoder", contents.space().image(), autoencoder, u);
      case TOKENS -> tokens(layers).encoder("encoder", u);
      case BOTTLENECK -> layers.mlp("encoder", autoencoder.blocks(), u);
      case CONSERVATIVE ->
          layers.linear("encoder.principal", layers.conservative("encoder.conservative", u));
    };
  }

  private OnnxTokenLayers tokens(OnnxLayers layers) {
    return new OnnxTokenLayers(layers, contents.space().tokens(), autoencoder);
  }

  /** A posterior's mean is the first half of the outputs; its ln variance is left out. */
  private String mean(OnnxLayers layers, String u) {
    OnnxGraph graph = layers.graph();
    return graph.op(
        "Slice",
        outputs(layers, u),
        layers.whole(0),
        layers.whole(contents.config().latent(contents.space())),
        layers.whole(1));
  }

  private OnnxGraph decoder() {
    OnnxGraph graph = new OnnxGraph("decoder");
    OnnxLayers layers = new OnnxLayers(graph, model.weights());
    DataSet.Normalisation units = contents.normalisation().inverse();
    SampleSpace latents = contents.config().latentSpace(contents.space());
    String z = graph.input("z", ANY, latents.dimension());
    String u =
        switch (autoencoder.kind()) {
          case CONVOLUTIONAL ->
              new OnnxImageLayers(layers).decoder("decoder", latents.image(), autoencoder, z);
          case TOKENS -> tokens(layers).decoder("decoder", z);
          case BOTTLENECK, CONSERVATIVE -> layers.mlp("decoder", autoencoder.blocks(), z);
        };
    String x = layers.affine("data", units.scale(), units.shift(), u);
    if (contents.space().isImage()) x = graph.op("Clip", x, graph.constant(-1), graph.constant(1));
    graph.output("x", x, ANY, contents.dimension());
    return graph;
  }

  /** D(x; σ) = cSkip x + cOut F(cIn x; ¼ ln σ), each σ its own row's. */
  private OnnxGraph denoiser() {
    OnnxGraph graph = new OnnxGraph("denoiser");
    OnnxLayers layers = new OnnxLayers(graph, model.weights());
    int latent = contents.config().latent(contents.space());
    String x = graph.input("x", ANY, latent);
    String column = layers.whole(1);
    String sigma = graph.op("Unsqueeze", graph.input("sigma", ANY), column);
    double variance = LatentNetwork.SIGMA_DATA * LatentNetwork.SIGMA_DATA;
    String total = graph.op("Add", graph.op("Mul", sigma, sigma), graph.constant(variance));
    String root = graph.op("Sqrt", total);
    String f = network(layers, graph.op("Div", x, root), sigma);
    String skipped = graph.op("Mul", x, graph.op("Div", graph.constant(variance), total));
    String out =
        graph.op("Div", graph.op("Mul", sigma, graph.constant(LatentNetwork.SIGMA_DATA)), root);
    graph.output("denoised", graph.op("Add", skipped, graph.op("Mul", out, f)), ANY, latent);
    return graph;
  }

  private String network(OnnxLayers layers, String x, String sigma) {
    String embedding = layers.silu(layers.linear("denoiser.embedding", features(layers, sigma)));
    RunConfig.Denoiser config = contents.config().denoiser();
    if (config.kind() == RunConfig.DenoiserKind.CONVOLUTIONAL)
      return new OnnxImageLayers(layers)
          .unet(
              "denoiser",
              contents.config().latentSpace(contents.space()).image(),
              config,
              x,
              embedding);
    String h = layers.linear("denoiser.in", x);
    for (int i = 0; i < config.blocks(); i++) h = layers.block("denoiser." + i, h, embedding);
    return layers.linear("denoiser.out", layers.norm("denoiser.norm", h));
  }

  /** Fourier features of ¼ ln σ, as kernels/maths/time_embedding.h defines them. */
  private String features(OnnxLayers layers, String sigma) {
    OnnxGraph graph = layers.graph();
    int half = contents.config().denoiser().embedding() / 2;
    float[] frequencies = new float[half];
    for (int j = 0; j < half; j++)
      frequencies[j] = (float) (0.25 * Math.pow(32, j / Math.max(half - 1.0, 1)));
    String noise = graph.op("Mul", graph.op("Log", sigma), graph.constant(0.25));
    String turns = graph.op("Mul", noise, layers.vector("frequencies", frequencies));
    // whole turns change nothing; without them 2π costs no digits
    String part = graph.op("Sub", turns, graph.op("Round", turns));
    String angle = graph.op("Mul", part, graph.constant(2 * Math.PI));
    return graph.op(
        "Concat",
        List.of(OnnxGraph.attribute("axis", -1)),
        graph.op("Cos", angle),
        graph.op("Sin", angle));
  }
}
