package dev.sild.export;

import dev.sild.data.TokenShape;
import dev.sild.sild.RunConfig;
import java.util.List;

/**
 * The layers over tokens of molecules as ONNX operators. Between them rows are tokens, (B · T, C);
 * what goes in and out are rows of samples.
 */
final class OnnxTokenLayers {
  private static final List<Long> HEADS_FIRST = List.of(0L, 2L, 1L, 3L);

  private final OnnxLayers rows;
  private final TokenShape shape;
  private final RunConfig.Autoencoder config;

  OnnxTokenLayers(OnnxLayers rows, TokenShape shape, RunConfig.Autoencoder config) {
    this.rows = rows;
    this.shape = shape;
    this.config = config;
  }

  private OnnxGraph graph() {
    return rows.graph();
  }

  /** (B, T · V) to the outputs of the encoder. */
  String encoder(String name, String x) {
    String h = rows.linear(name + ".in", reshaped(x, -1, shape.columns()));
    h = reshaped(rows.norm(name + ".places", samples(h)), -1, config.width());
    return rows.linear(name + ".out", samples(stack(name, h)));
  }

  /** (B, Z) to probabilities (B, T · V). */
  String decoder(String name, String z) {
    String h = reshaped(rows.linear(name + ".in", z), -1, config.width());
    String logits = rows.linear(name + ".out", stack(name, h));
    String p = graph().op("Softmax", List.of(OnnxGraph.attribute("axis", -1)), logits);
    return reshaped(p, -1, shape.size());
  }

  private String samples(String tokens) {
    return reshaped(tokens, -1, (long) shape.length() * config.width());
  }

  private String stack(String name, String x) {
    String h = x;
    for (int i = 0; i < config.blocks(); i++) {
      h = attention(name + "." + i + ".attention", h);
      h = rows.block(name + "." + i, h, null);
    }
    return rows.norm(name + ".norm", h);
  }

  /** x + out(softmax(q kᵀ/√d) v). */
  private String attention(String name, String x) {
    String qkv = rows.linear(name + ".qkv", rows.norm(name + ".norm", x));
    int d = config.width() / config.heads();
    String q = headsFirst(third(qkv, 0));
    String k = transposed(third(qkv, 1), List.of(0L, 2L, 3L, 1L)); // (B, heads, d, T)
    String v = headsFirst(third(qkv, 2));
    String scores =
        graph().op("Mul", graph().op("MatMul", q, k), graph().constant(1 / Math.sqrt(d)));
    String p = graph().op("Softmax", List.of(OnnxGraph.attribute("axis", -1)), scores);
    String y = headsFirst(graph().op("MatMul", p, v)); // the same turn leads back
    return graph().op("Add", x, rows.linear(name + ".out", reshaped(y, -1, config.width())));
  }

  /** (B, T, heads, d) of q, k or v. */
  private String third(String qkv, int i) {
    long from = (long) i * config.width();
    String part =
        graph()
            .op("Slice", qkv, rows.whole(from), rows.whole(from + config.width()), rows.whole(1));
    return reshaped(part, -1, shape.length(), config.heads(), config.width() / config.heads());
  }

  private String headsFirst(String x) {
    return transposed(x, HEADS_FIRST);
  }

  private String transposed(String x, List<Long> order) {
    return graph().op("Transpose", List.of(OnnxGraph.attribute("perm", order)), x);
  }

  private String reshaped(String x, long... sizes) {
    return graph().op("Reshape", x, rows.whole(sizes));
  }
}
