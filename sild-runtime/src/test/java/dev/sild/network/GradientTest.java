package dev.sild.network;

import dev.sild.bindings.Activation;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Written backward passes are the derivatives of what the forward passes compute. */
class GradientTest {

  @ParameterizedTest
  @EnumSource(Activation.class)
  void ofLinear(Activation activation) {
    GradientCheck.confirm(
        5,
        7,
        b -> new Linear(b, "linear", 7, 4, activation, 1, true),
        (r, x, _) -> r.linear("linear", x, activation, null));
  }

  /**
   * The modulation's gradient is what backward leaves in dy; with one row for all it is their sum.
   */
  @ParameterizedTest
  @CsvSource({"IDENTITY", "SILU"})
  void ofLinearByItsModulation(Activation activation) {
    GradientCheck.confirm(
        5,
        7,
        b -> new Modulated(b, new Linear(b, "linear", 7, 4, activation, 1, true), 4),
        (r, x, i) ->
            r.linear(
                "linear", x, activation, Reference.row(r.variables().get("modulation"), i, 4)));
  }

  @Test
  void ofNorm() {
    GradientCheck.confirm(5, 9, b -> new Norm(b, "norm", 9), (r, x, _) -> r.norm("norm", x));
  }

  @Test
  void ofResidualBlock() {
    GradientCheck.confirm(
        4, 6, b -> new ResidualBlock(b, "block", 6, 8, 0), (r, x, _) -> r.block("block", x, null));
  }

  /** One embedding a row, as in training, and one for all rows, as in sampling. */
  @ParameterizedTest
  @CsvSource({"4, false", "4, true", "1, false"})
  void ofResidualBlockByItsEmbedding(int rows, boolean add) {
    GradientCheck.confirm(
        rows,
        6,
        b -> new Embedded(b, new ResidualBlock(b, "block", 6, 8, 4), rows, 4, add),
        (r, x, i) -> r.block("block", x, Reference.row(r.variables().get("embedding"), i, 4)));
  }

  @ParameterizedTest
  @CsvSource({"0", "1", "2"})
  void ofMlp(int blocks) {
    GradientCheck.confirm(
        4, 5, b -> new Mlp(b, "mlp", 5, 7, blocks, 3, true), (r, x, _) -> r.mlp("mlp", blocks, x));
  }

  /** The two occurrences of the tied weights add up. */
  @Test
  void ofConservativeNetwork() {
    GradientCheck.confirm(
        5,
        4,
        b -> new ConservativeNetwork(b, "tied", 4, 6),
        (r, x, _) -> r.conservative("tied", x));
  }

  /** A linear layer whose modulation is a parameter, so that its gradient is looked at. */
  private static final class Modulated implements Layer {
    private final Linear layer;
    private final Parameter modulation;

    Modulated(Blueprint blueprint, Linear layer, int outputs) {
      this.layer = layer;
      modulation = blueprint.parameters().normal("modulation", 1, blueprint.batch(), outputs);
    }

    @Override
    public View forward(Stream stream, View x) {
      return layer.forward(stream, x, modulation.value().first(x.rows()), null);
    }

    @Override
    public View backward(Stream stream, View dy) {
      View dx = layer.backward(stream, dy);
      modulation.gradient().first(dy.rows()).write(dy.floats());
      return dx;
    }
  }

  /** A block whose embedding is a parameter. */
  private static final class Embedded implements Layer {
    private final ResidualBlock block;
    private final Parameter embedding;
    private final int rows;
    private final boolean add;

    Embedded(Blueprint blueprint, ResidualBlock block, int rows, int columns, boolean add) {
      this.block = block;
      this.rows = rows;
      this.add = add;
      embedding = blueprint.parameters().normal("embedding", 1, rows, columns);
    }

    @Override
    public View forward(Stream stream, View x) {
      return block.forward(stream, x, embedding.value().first(rows));
    }

    /** What stands in the gradient is zero, or must be overwritten. */
    @Override
    public View backward(Stream stream, View dy) {
      float[] before = new float[(int) embedding.gradient().elements()];
      if (!add) java.util.Arrays.fill(before, Float.NaN);
      embedding.gradient().write(before);
      return block.backward(stream, dy, embedding.gradient(), add);
    }
  }
}
