package dev.sild.export;

import dev.sild.data.Tensor;
import dev.sild.network.Weights;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * The layers of {@code dev.sild.network} in operators of ONNX, one method each. Values are (batch,
 * columns).
 *
 * @param weights the tensors by the names that the layers have in the file
 */
record OnnxLayers(OnnxGraph graph, Weights weights) {
  private static final float NORM_EPSILON = 1e-5f; // that of kernels/maths/norm.h

  /** x wᵀ + bias. */
  String linear(String name, String x) {
    return graph.op(
        "Gemm",
        List.of(OnnxGraph.attribute("transB", 1)),
        x,
        tensor(name + ".weight"),
        tensor(name + ".bias"));
  }

  /** u sigmoid(u). */
  String silu(String u) {
    return graph.op("Mul", u, graph.op("Sigmoid", u));
  }

  /** gain (x − mean)/√(variance + 10⁻⁵) + shift. */
  String norm(String name, String x) {
    return graph.op(
        "LayerNormalization",
        List.of(OnnxGraph.attribute("axis", -1), OnnxGraph.attribute("epsilon", NORM_EPSILON)),
        x,
        tensor(name + ".gain"),
        tensor(name + ".shift"));
  }

  /**
   * A residual block.
   *
   * @param embedding of σ, or null for a block that does not see it
   */
  String block(String name, String x, String embedding) {
    String u = linear(name + ".inner", norm(name + ".norm", x));
    if (embedding != null) u = graph.op("Add", u, linear(name + ".modulation", embedding));
    return graph.op("Add", x, linear(name + ".outer", silu(u)));
  }

  /** Linear and SiLU, residual blocks, linear. */
  String mlp(String name, int blocks, String x) {
    String h = silu(linear(name + ".in", x));
    for (int i = 0; i < blocks; i++) h = block(name + "." + i, h, null);
    return linear(name + ".out", h);
  }

  /** Σ_j (a_j/m) SiLU(⟨w_j, x⟩ + b_j) w_j. */
  String conservative(String name, String x) {
    String hidden = graph.op("Mul", silu(linear(name, x)), tensor(name + ".signs"));
    return graph.op("MatMul", hidden, tensor(name + ".weight"));
  }

  /** x scale + shift, column by column. */
  String affine(String name, float[] scale, float[] shift, String x) {
    String scaled = graph.op("Mul", x, vector(name + ".scale", scale));
    return graph.op("Add", scaled, vector(name + ".shift", shift));
  }

  /** A row of constants. */
  String vector(String name, float[] values) {
    return graph.constant(Tensor.of(name, values, values.length));
  }

  /** Whole numbers: sizes and places, as operators take them. */
  String whole(long... values) {
    String name = "whole " + Arrays.toString(values);
    return graph.constant(
        new Tensor(name, "I64", new long[] {values.length}, MemorySegment.ofArray(values)));
  }

  /** A learned tensor. */
  String tensor(String name) {
    Tensor tensor = weights.tensors().get(name);
    if (tensor == null) throw new IllegalStateException("no tensor " + name);
    return graph.constant(tensor);
  }
}
