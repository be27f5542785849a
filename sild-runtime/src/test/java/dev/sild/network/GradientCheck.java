package dev.sild.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.network.Arithmetic.Scalar;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;

/**
 * A layer on the device against its formula: outputs, and the gradients by every parameter and by
 * the input. The witness is the formula in double; its gradients are confirmed by finite
 * differences first. The device may err twice as much as plain f32 arithmetic does, taken relative
 * to the largest entry of a tensor and over all tensors of the layer, and 2 ulp more. NaN never
 * passes.
 */
public final class GradientCheck {
  public static final long SEED = Long.getLong("sild.seed", 20261122);

  private static final double FLOOR = 2 * 0x1p-23;
  private static final double H = 1e-5;
  private static final int SPARE = 3; // rows of the blueprint that the call leaves empty
  private static final int ELEMENTWISE = 60;

  /** One row of the outputs. */
  @FunctionalInterface
  public interface Formula {
    Scalar[] outputs(Reference reference, Scalar[] x, int row);
  }

  private final int rows;
  private final int inputs;
  private final Formula formula;
  private final Random random = new Random(SEED);
  private final Map<String, double[]> variables = new LinkedHashMap<>();
  private double[] weights; // dy

  private GradientCheck(int rows, int inputs, Formula formula) {
    this.rows = rows;
    this.inputs = inputs;
    this.formula = formula;
  }

  /** Checks a layer on {@code rows} rows of the processor, in a blueprint for more. */
  public static void confirm(
      int rows, int inputs, Function<Blueprint, Layer> network, Formula formula) {
    try (Device device = Device.open("cpu")) {
      confirm(device, rows, inputs, network, formula);
    }
  }

  /** The same on a device, which stays the caller's. */
  public static void confirm(
      Device device, int rows, int inputs, Function<Blueprint, Layer> network, Formula formula) {
    System.out.println("seed " + SEED);
    new GradientCheck(rows, inputs, formula).run(device, network);
  }

  private void run(Device device, Function<Blueprint, Layer> network) {
    try (Stream stream = device.openStream();
        Parameters parameters = new Parameters();
        MemoryPlan plan = new MemoryPlan("test")) {
      Blueprint blueprint = new Blueprint(parameters, plan, rows + SPARE, true);
      Layer layer = network.apply(blueprint);
      Slot input = blueprint.rows("x", inputs);
      parameters.allocate(device, true);
      plan.allocate(device);
      for (Parameter p : parameters.all()) draw(p.name(), p.value());
      View x = input.view().first(rows);
      draw("x", x);
      View y = layer.forward(stream, x);
      weights = normals((int) y.elements());
      List<Result> results = new ArrayList<>();
      results.add(new Result("y", y.floats(), Scalar::value));
      Result dx = backward(device, layer, stream, y.shape());
      if (dx != null) results.add(dx);
      for (Parameter p : parameters.all())
        results.add(new Result(p.name(), p.gradient().floats(), Scalar::gradient));
      compare(results);
    }
  }

  private Result backward(Device device, Layer layer, Stream stream, long[] shape) {
    try (var buffer = device.allocate(4L * weights.length)) {
      View dy = buffer.view(0, DType.F32, shape);
      dy.write(floats(weights));
      View dx = layer.backward(stream, dy);
      return dx == null ? null : new Result("x", dx.floats(), Scalar::gradient);
    }
  }

  private record Result(String name, float[] actual, Function<Scalar, Double> figure) {}

  private void compare(List<Result> results) {
    Map<String, Scalar[]> exact = evaluate(new Arithmetic(false), true);
    Map<String, Scalar[]> plain = evaluate(new Arithmetic(true), true);
    for (Result r : results)
      if (!r.name.equals("y")) confirmByDifferences(r.name, exact.get(r.name));
    double worst = 0;
    for (Result r : results) worst = Math.max(worst, error(values(plain, r), values(exact, r)));
    for (Result r : results) {
      double error = error(widened(r.actual), values(exact, r));
      assertThat(error).as("relative error of %s, seed %d", r.name, SEED).isNotNaN();
      assertThat(error).as("%s, seed %d", r.name, SEED).isLessThanOrEqualTo(2 * worst + FLOOR);
    }
  }

  private static double[] values(Map<String, Scalar[]> all, Result r) {
    return Arrays.stream(all.get(r.name)).mapToDouble(r.figure::apply).toArray();
  }

  /** Largest error relative to the largest entry; NaN where one is. */
  private static double error(double[] actual, double[] exact) {
    assertThat(actual.length).isEqualTo(exact.length);
    double scale = Float.MIN_NORMAL;
    double error = 0;
    for (double value : exact) scale = Math.max(scale, Math.abs(value));
    for (int i = 0; i < exact.length; i++)
      error = Math.max(error, Math.abs(actual[i] - exact[i])); // Math.max keeps NaN
    return error / scale;
  }

  /** All variables, and y; with gradients if asked for. */
  private Map<String, Scalar[]> evaluate(Arithmetic in, boolean gradients) {
    Map<String, Scalar[]> scalars = new LinkedHashMap<>();
    variables.forEach((name, values) -> scalars.put(name, in.of(values)));
    Reference reference = new Reference(in, scalars);
    List<Scalar> y = new ArrayList<>();
    for (int i = 0; i < rows; i++) {
      Scalar[] x = Reference.row(scalars.get("x"), i, inputs);
      y.addAll(List.of(formula.outputs(reference, x, i)));
    }
    scalars.put("y", y.toArray(Scalar[]::new));
    if (gradients) in.differentiate(scalars.get("y"), weights);
    return scalars;
  }

  /**
   * Central differences of Σ dy ∘ y in double: every entry of a small tensor, random directions of
   * a large one. The quotient errs by H² times a third derivative and by 10⁻¹⁶ |loss|/H, both about
   * 10⁻¹⁰; 10⁻⁷ leaves room for large derivatives and is far below any mistake in a formula.
   */
  private void confirmByDifferences(String name, Scalar[] gradient) {
    double[] here = variables.get(name).clone();
    boolean small = here.length <= ELEMENTWISE;
    double scale = 1;
    for (Scalar g : gradient) scale = Math.max(scale, Math.abs(g.gradient()));
    for (int trial = 0; trial < (small ? here.length : 3); trial++) {
      double[] direction = new double[here.length];
      if (small) direction[trial] = 1;
      else for (int i = 0; i < here.length; i++) direction[i] = random.nextBoolean() ? 1 : -1;
      double along = 0;
      double length = 0;
      for (int i = 0; i < here.length; i++) along += direction[i] * gradient[i].gradient();
      for (double part : direction) length += part * part;
      double step = H / Math.sqrt(length);
      double above = loss(name, here, direction, step);
      double below = loss(name, here, direction, -step);
      double quotient = (above - below) / (2 * step);
      assertThat(Math.abs(quotient - along) / Math.sqrt(length))
          .as("difference quotient of %s, seed %d", name, SEED)
          .isLessThanOrEqualTo(1e-7 * scale);
    }
    variables.put(name, here);
  }

  private double loss(String name, double[] here, double[] direction, double step) {
    double[] moved = here.clone();
    for (int i = 0; i < moved.length; i++) moved[i] += step * direction[i];
    variables.put(name, moved);
    Scalar[] y = evaluate(new Arithmetic(false), false).get("y");
    double loss = 0;
    for (int i = 0; i < y.length; i++) loss += weights[i] * y[i].value();
    return loss;
  }

  private void draw(String name, View view) {
    double[] values = normals((int) view.elements());
    long[] shape = view.shape(); // matrices keep the size of what they multiply
    double scale = name.equals("x") || shape.length < 2 ? 1 : 1 / Math.sqrt(shape[1]);
    for (int i = 0; i < values.length; i++) values[i] = (float) (scale * values[i]);
    variables.put(name, values);
    view.write(floats(values));
  }

  private double[] normals(int count) {
    double[] values = new double[count];
    for (int i = 0; i < count; i++) values[i] = (float) random.nextGaussian();
    return values;
  }

  private static float[] floats(double[] values) {
    float[] rounded = new float[values.length];
    for (int i = 0; i < values.length; i++) rounded[i] = (float) values[i];
    return rounded;
  }

  private static double[] widened(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < values.length; i++) wide[i] = values[i];
    return wide;
  }
}
