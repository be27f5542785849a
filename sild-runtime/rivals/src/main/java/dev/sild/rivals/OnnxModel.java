package dev.sild.rivals;

import java.util.Random;

/**
 * A trajectory as an ONNX graph: all steps, one after the other. Numbers of fields are those of
 * onnx.proto.
 */
final class OnnxModel {
  static final String INPUT = "x";

  private static final int FLOAT = 1;
  private static final int IR_VERSION = 8;
  private static final int OPSET = 17;

  private final Job job;
  private final Random random = new Random(1);
  private final ProtoMessage graph = new ProtoMessage();
  private final ProtoMessage initialisers = new ProtoMessage();

  private OnnxModel(Job job) {
    this.job = job;
  }

  /** Bytes of a model with random parameters, from x (rows, 64) to x after the plan's steps. */
  static byte[] of(Job job, Plan plan, int rows) {
    OnnxModel model = new OnnxModel(job);
    model.parameters();
    String x = INPUT;
    for (int i = 0; i < plan.steps().size(); i++) x = model.step(x, plan.steps().get(i), "s" + i);
    model.graph.text(2, "trajectory").append(model.initialisers);
    model.graph.message(11, model.matrix(INPUT, rows)).message(12, model.matrix(x, rows));
    return new ProtoMessage()
        .number(1, IR_VERSION)
        .message(7, model.graph)
        .message(8, new ProtoMessage().text(1, "").number(2, OPSET))
        .bytes();
  }

  private void parameters() {
    int[] widths = {job.dimension(), Job.WIDTH, Job.WIDTH, Job.WIDTH, job.dimension()};
    for (int layer = 0; layer + 1 < widths.length; layer++) {
      float size = (float) (1 / Math.sqrt(widths[layer]));
      initialiser("w" + layer, size, widths[layer], widths[layer + 1]);
      initialiser("b" + layer, size, widths[layer + 1]);
    }
    constant("one", Job.WIDTH, 1);
  }

  /** The layer that sees σ has a bias of its own in each step. */
  private String step(String x, Plan.Step step, String name) {
    String level = name + "level";
    initialiser(level, 1, Job.WIDTH);
    String u = times(x, step.scale(), name + "u");
    String f = job == Job.SAMPLE_LATENT ? latent(u, level, name) : plain(u, level, name);
    String kept = step.keep() == 1 ? x : times(x, step.keep(), name + "kept");
    String moved = node("Add", name + "moved", kept, times(f, step.move(), name + "f"));
    String noise = name + "noise";
    ProtoMessage scale =
        new ProtoMessage().text(1, "scale").real(2, (float) step.noise()).number(20, FLOAT);
    graph.message(1, operator("RandomNormalLike", noise, x).message(5, scale));
    return node("Add", name, moved, noise);
  }

  private String plain(String u, String level, String name) {
    String h = silu(layer(u, 0, level, name + "h0"));
    h = silu(layer(h, 1, "b1", name + "h1"));
    h = silu(layer(h, 2, "b2", name + "h2"));
    return layer(h, 3, "b3", name + "h3");
  }

  private String latent(String u, String level, String name) {
    String h = layer(u, 0, "b0", name + "h0");
    String inner = silu(layer(norm(h), 1, level, name + "h1"));
    String sum = node("Add", name + "sum", h, layer(inner, 2, "b2", name + "h2"));
    return layer(norm(sum), 3, "b3", name + "h3");
  }

  private String layer(String x, int layer, String bias, String name) {
    return node("Gemm", name, x, "w" + layer, bias);
  }

  private String silu(String x) {
    return node("Mul", x + "silu", x, node("Sigmoid", x + "sigmoid", x));
  }

  private String norm(String x) {
    return node("LayerNormalization", x + "norm", x, "one");
  }

  private String times(String x, double factor, String name) {
    constant(name + "factor", 1, (float) factor);
    return node("Mul", name, x, name + "factor");
  }

  private String node(String operator, String output, String... inputs) {
    graph.message(1, operator(operator, output, inputs));
    return output;
  }

  private static ProtoMessage operator(String operator, String output, String... inputs) {
    ProtoMessage node = new ProtoMessage();
    for (String input : inputs) node.text(1, input);
    return node.text(2, output).text(3, output).text(4, operator);
  }

  private void initialiser(String name, float size, int... shape) {
    int count = 1;
    for (int length : shape) count *= length;
    float[] values = new float[count];
    for (int i = 0; i < count; i++) values[i] = size * (float) random.nextGaussian();
    tensor(name, values, shape);
  }

  private void constant(String name, int count, float value) {
    float[] values = new float[count];
    java.util.Arrays.fill(values, value);
    tensor(name, values, count);
  }

  private void tensor(String name, float[] values, int... shape) {
    ProtoMessage tensor = new ProtoMessage();
    for (int length : shape) tensor.number(1, length);
    initialisers.message(5, tensor.number(2, FLOAT).text(8, name).reals(9, values));
  }

  private ProtoMessage matrix(String name, int rows) {
    ProtoMessage shape = new ProtoMessage();
    for (int length : new int[] {rows, job.dimension()})
      shape.message(1, new ProtoMessage().number(1, length));
    ProtoMessage tensor = new ProtoMessage().number(1, FLOAT).message(2, shape);
    return new ProtoMessage().text(1, name).message(2, new ProtoMessage().message(1, tensor));
  }
}
