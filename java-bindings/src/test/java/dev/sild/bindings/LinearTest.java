package dev.sild.bindings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sild.bindings.LinearReference.Parts;
import java.util.List;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class LinearTest {
  private static final int B = 31;

  private final Draw draw = new Draw("linear");

  /** Every optional argument alone, and all together. */
  static List<Parts> parts() {
    return List.of(
        new Parts(false, 0, false, false),
        new Parts(true, 0, false, false),
        new Parts(false, 1, false, false),
        new Parts(false, B, false, false),
        new Parts(false, 0, true, false),
        new Parts(false, 0, false, true),
        new Parts(true, 1, true, true),
        new Parts(true, B, true, true));
  }

  // Every output is an array of 31 or more: how exact a single plain sum is, is a matter of luck.
  // 2100 rows or 8200 outputs are more than one packed block; 300, 600 and 1021 inputs are several.
  @ParameterizedTest
  @CsvSource({
    "31, 31, 1",
    "31, 1, 31",
    "1, 31, 31",
    "1, 31, 1021",
    "31, 1021, 1",
    "1021, 1, 31",
    "31, 31, 31",
    "64, 64, 256",
    "33, 70, 600",
    "2100, 8, 300",
    "2, 8200, 3"
  })
  void forwardAgreesAtEverySize(int rows, int outputs, int inputs) {
    for (Activation activation : Activation.values())
      confirmForward(layer(rows, outputs, inputs, activation, new Parts(true, rows, true, true)));
  }

  @ParameterizedTest
  @MethodSource("parts")
  void forwardAgreesWhateverIsLeftOut(Parts parts) {
    for (Activation activation : Activation.values())
      confirmForward(layer(B, 50, 300, activation, parts));
  }

  // Here the sums over rows (for dw) and over outputs (for dx) take several blocks. One output has
  // no bias: dbias would be a single sum.
  @ParameterizedTest
  @CsvSource({
    "31, 31, 1",
    "31, 1, 31",
    "1, 31, 31",
    "1, 31, 1021",
    "31, 1021, 1",
    "1021, 1, 31",
    "31, 31, 31",
    "64, 256, 64",
    "600, 33, 70",
    "31, 600, 40",
    "300, 256, 5"
  })
  void backwardAgreesAtEverySize(int rows, int outputs, int inputs) {
    for (Activation activation : Activation.values())
      confirmBackward(
          layer(rows, outputs, inputs, activation, new Parts(outputs > 1, 1, true, false)));
  }

  @ParameterizedTest
  @MethodSource("parts")
  void backwardAgreesWhateverIsLeftOut(Parts parts) {
    for (Activation activation : Activation.values())
      confirmBackward(layer(B, 50, 40, activation, parts));
  }

  @ParameterizedTest
  @EnumSource
  void gradientIsTheDerivative(Activation activation) {
    var layer = layer(3, 4, 5, activation, new Parts(true, 3, true, true));
    var gradient = layer.backward(Rounding.DOUBLE, null, null);
    Differences.confirm("dx", gradient.get("dx"), layer.x(), layer::loss);
    Differences.confirm("dw", gradient.get("dw"), layer.w(), layer::loss);
    Differences.confirm("dbias", gradient.get("dbias"), layer.bias(), layer::loss);
    Differences.confirm("du", gradient.get("du"), layer.modulation(), layer::loss);
    var shared = layer(3, 4, 5, activation, new Parts(true, 1, true, true));
    double[] dbias = shared.backward(Rounding.DOUBLE, null, null).get("dbias");
    Differences.confirm("dbias", dbias, shared.modulation(), shared::loss);
  }

  @ParameterizedTest
  @EnumSource
  void backwardAddsWhereItIsAsked(Activation activation) {
    var layer = layer(300, 31, 40, activation, new Parts(true, 0, true, false));
    double[] dw = draw.normal(31 * 40);
    double[] dx = draw.normal(300 * 40);
    Expected expected = Expected.of(p -> layer.backward(p, dw, null));
    Expected added = Expected.of(p -> layer.backward(p, null, dx));
    Witness.all(witness -> {
      var on = new LinearOperands(layer, witness);
      View oldDw = witness.state(dw, 31, 40);
      View newDx = witness.output(300, 40);
      View newDw = witness.output(31, 40);
      View oldDx = witness.state(dx, 300, 40);
      on.backward(newDx, oldDw, on.dbias, on.du, on.u, false, true);
      expected.admits("dw", oldDw);
      expected.admits("dx", newDx);
      on.backward(oldDx, newDw, on.dbias, on.du, on.u, true, false);
      added.admits("dw", newDw);
      added.admits("dx", oldDx);
    });
  }

  @Test
  void theIdentityNeedsNeitherUNorASecondArrayForDu() {
    var layer = layer(B, 50, 40, Activation.IDENTITY, new Parts(false, 0, false, false));
    Expected expected = Expected.of(p -> layer.backward(p, null, null));
    Witness.all(witness -> {
      var on = new LinearOperands(layer, witness);
      View dw = witness.output(50, 40);
      on.backward(null, dw, null, on.dy, null, false, false);
      expected.admits("dw", dw);
      expected.admits("du", on.dy);
    });
  }

  @Test
  void duMayOverwriteDy() {
    var layer = layer(B, 50, 40, Activation.SILU, new Parts(true, 0, true, false));
    Expected expected = Expected.of(p -> layer.backward(p, null, null));
    Witness.all(witness -> {
      var on = new LinearOperands(layer, witness);
      View dy = witness.state(layer.dy(), B, 50);
      View dw = witness.output(50, 40);
      witness.stream()
          .linearBackward(
              null,
              dw,
              null,
              dy,
              dy,
              on.u,
              on.x,
              on.w,
              on.epilogue.gain(),
              Activation.SILU,
              false,
              false);
      expected.admits("du", dy);
      expected.admits("dw", dw);
    });
  }

  @Test
  void forwardWithoutUGivesTheSameBits() {
    var layer = layer(B, 50, 300, Activation.SILU, new Parts(true, 1, true, true));
    Witness.all(witness -> {
      var on = new LinearOperands(layer, witness);
      View y = witness.output(B, 50);
      witness.stream().linearForward(y, null, on.x, on.w, on.epilogue);
      assertThat(y.floats()).isEqualTo(on.y.floats());
    });
  }

  @Test
  void siluIsRightAtEveryMagnitude() {
    double[] u = {-80, -40, -17, -1, -1e-30, 0, 1e-30, 1, 17, 40, 80, 100, 1e30};
    var layer = layer(u.length, 1, 1, Activation.SILU, new Parts(false, 0, false, false));
    System.arraycopy(u, 0, layer.x(), 0, u.length);
    layer.w()[0] = 1;
    Expected expected = Expected.of(layer::forward);
    Witness.all(witness -> expected.admits("y", new LinearOperands(layer, witness).y, 1));
  }

  @Test
  void siluVanishesFarBelowZero() {
    var layer = layer(3, 1, 1, Activation.SILU, new Parts(false, 0, false, false));
    System.arraycopy(new double[] {-88, -100, -1000}, 0, layer.x(), 0, 3);
    layer.w()[0] = 1;
    Witness.all(witness -> {
      float[] y = new LinearOperands(layer, witness).y.floats();
      // elementary.h ends at e^88, so the sigmoid at 6e-39
      for (int i = 0; i < 3; i++) assertThat((double) y[i]).isBetween(7e-39 * layer.x()[i], 0.0);
    });
  }

  @ParameterizedTest
  @EnumSource
  void nanShowsInWhatDependsOnItOnly(Activation activation) {
    var layer = layer(B, 50, 300, activation, new Parts(true, 1, true, true));
    layer.x()[7 * 300 + 123] = Double.NaN;
    boolean inU = activation == Activation.SILU; // then du, and with it all of dw, depends on x
    Witness.all(witness -> {
      var on = new LinearOperands(layer, witness);
      View dx = witness.output(B, 300);
      on.backward(dx, on.dw, on.dbias, on.du, on.u, false, false);
      confirmNan(on.y, i -> i / 50 == 7);
      confirmNan(on.du, i -> inU && i / 50 == 7);
      confirmNan(dx, i -> inU && i / 300 == 7);
      confirmNan(on.dw, i -> inU || i % 300 == 123);
    });
  }

  @Test
  void wrongArgumentsAreNamed() {
    var layer = layer(4, 3, 2, Activation.SILU, new Parts(true, 1, true, true));
    try (Witness witness = Witness.any()) {
      var on = new LinearOperands(layer, witness);
      View twoRows = witness.output(2, 3);
      assertThatThrownBy(() -> witness.stream().linearForward(on.x, null, on.x, on.w, on.epilogue))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("linear_forward: y is F32[4, 2], not F32[4, 3]");
      assertThatThrownBy(() -> on.forward(new Epilogue(null, twoRows, null, null, Activation.SILU)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("linear_forward", "[4, 3]", "[4, 2]", "[3, 2]");
      assertThatThrownBy(() -> on.forward(new Epilogue(null, null, null, on.y, Activation.SILU)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("own residual");
      assertThatThrownBy(() -> on.backward(null, on.dw, null, on.du, null, false, false))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("linear_backward");
    }
  }

  private LinearReference layer(int rows, int outputs, int inputs, Activation phi, Parts parts) {
    return LinearReference.of(draw, rows, outputs, inputs, phi, parts);
  }

  private static void confirmForward(LinearReference layer) {
    Expected expected = Expected.of(layer::forward);
    Witness.all(witness -> {
      var on = new LinearOperands(layer, witness);
      expected.admits("u", on.u);
      expected.admits("y", on.y);
    });
  }

  private static void confirmBackward(LinearReference layer) {
    Expected expected = Expected.of(p -> layer.backward(p, null, null));
    Witness.all(witness -> {
      var on = new LinearOperands(layer, witness);
      View dx = witness.output(layer.rows(), layer.inputs());
      View dbias = layer.bias() == null ? null : on.dbias;
      on.backward(dx, on.dw, dbias, on.du, on.u, false, false);
      expected.admits("du", on.du);
      if (dbias != null) expected.admits("dbias", dbias);
      expected.admits("dw", on.dw);
      expected.admits("dx", dx);
    });
  }

  private static void confirmNan(View view, IntPredicate where) {
    float[] values = view.floats();
    for (int i = 0; i < values.length; i++)
      assertThat(Float.isNaN(values[i])).as("%s at %d", view, i).isEqualTo(where.test(i));
  }
}
