package dev.sild.bindings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sild.bindings.LinearReference.Parts;
import dev.sild.bindings.MatmulReference.Way;
import dev.sild.bindings.cpu.CpuDevice;
import dev.sild.bindings.cpu.VirtualAmx;
import dev.sild.bindings.cuda.VirtualGpu;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Products at every precision: at most twice as far from the exact ones as a plain loop that rounds
 * its operands in the same way. On a processor by each of its instruction sets; on a GPU by the
 * small tile, which a machine of many processors takes for these sizes, and by the large one.
 */
class ProductPrecisionTest {
  private static final int MANY = 100_000;
  private static final Map<Precision, Device> DEVICES = new EnumMap<>(Precision.class);

  private final Draw draw = new Draw("precision");

  @BeforeAll
  static void open() {
    if (!VirtualGpu.orReal()) return;
    for (Precision precision : Precision.values())
      DEVICES.put(precision, VirtualGpu.open(precision));
  }

  @AfterEach
  void takeTheMachineAsItIs() {
    processors(132);
  }

  @AfterAll
  static void close() {
    DEVICES.values().forEach(Device::close);
    DEVICES.clear();
  }

  /** On the processor if there are none, else on a GPU of so many. */
  private static void on(Precision precision, int processors, Consumer<Witness> test) {
    if (processors == 0) {
      Witness.cpu(precision, test);
    } else {
      processors(processors);
      Witness.cuda(DEVICES.get(precision), test);
    }
  }

  private static void processors(int count) {
    if (VirtualGpu.present()) VirtualGpu.set("multiprocessors", count);
  }

  static List<Arguments> everyWay() {
    List<Arguments> ways = new ArrayList<>();
    for (Precision precision : Witness.CPU_PRECISIONS) ways.add(Arguments.of(precision, 0));
    if (VirtualGpu.orReal())
      for (Precision precision : Precision.values())
        for (int processors : new int[] {1, MANY}) ways.add(Arguments.of(precision, processors));
    return ways;
  }

  // Rows of whole quads and not, one tile and several, fewer slabs of k than stages and more.
  private static final int[][] SIZES = {
    {31, 31, 1}, {31, 1, 31}, {1, 31, 1021}, {33, 70, 65}, {36, 136, 132}, {132, 68, 36}
  };

  @ParameterizedTest
  @MethodSource("everyWay")
  void layersAreAsExactAsAPlainLoop(Precision precision, int processors) {
    List<Confirmation> layers = new ArrayList<>();
    for (int[] size : SIZES) {
      var parts = new Parts(size[1] > 1, size[0], true, true);
      layers.add(layer(precision, size[0], size[1], size[2], Activation.SILU, parts));
    }
    var alone = new Parts(false, 1, false, false);
    layers.add(layer(precision, 36, 40, 36, Activation.IDENTITY, alone));
    on(precision, processors, witness -> layers.forEach(layer -> layer.on(witness)));
  }

  private interface Confirmation {
    void on(Witness witness);
  }

  private Confirmation layer(
      Precision precision, int rows, int outputs, int inputs, Activation phi, Parts parts) {
    var layer = LinearReference.of(draw, rows, outputs, inputs, phi, parts);
    Expected forward = Expected.of(layer::forward, Rounding.of(precision));
    Expected backward = Expected.of(p -> layer.backward(p, null, null), Rounding.of(precision));
    return witness -> {
      var on = new LinearOperands(layer, witness);
      View dx = witness.output(rows, inputs);
      View dbias = layer.bias() == null ? null : on.dbias;
      on.backward(dx, on.dw, dbias, on.du, on.u, false, false);
      forward.admits("u", on.u);
      forward.admits("y", on.y);
      backward.admits("du", on.du);
      backward.admits("dw", on.dw);
      backward.admits("dx", dx);
      if (dbias != null) backward.admits("dbias", dbias);
    };
  }

  @ParameterizedTest
  @MethodSource("everyWay")
  void bareProductsAddInEveryOrientation(Precision precision, int processors) {
    List<Confirmation> products = new ArrayList<>();
    for (int[] size : new int[][] {{33, 31, 70}, {68, 36, 40}}) {
      var product = new MatmulReference(draw, size[0], size[1], size[2]);
      for (Way way : Way.all()) {
        Expected expected = product.expected(way, Rounding.of(precision));
        products.add(witness -> expected.admits("c", product.run(witness, way)));
      }
    }
    on(precision, processors, witness -> products.forEach(each -> each.on(witness)));
  }

  @ParameterizedTest
  @MethodSource("everyWay")
  void whatIsNotFiniteShows(Precision precision, int processors) {
    var layer =
        LinearReference.of(draw, 40, 36, 36, Activation.IDENTITY, new Parts(true, 0, false, false));
    for (int j = 0; j < 36; j++) layer.w()[j * 36 + 12] = 1.5;
    on(
        precision,
        processors,
        witness -> {
          // the last overflows in a product of any precision
          for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY, -3.4e38}) {
            layer.x()[7 * 36 + 12] = bad;
            float[] y = new LinearOperands(layer, witness).y.floats();
            for (int i = 0; i < y.length; i++)
              assertThat(Float.isFinite(y[i])).as("y[%d]", i).isEqualTo(i / 36 != 7);
          }
        });
  }

  /** The numbers alone do not tell which instructions they came from. */
  @Test
  void amxKernelsMultiplyByTiles() {
    assumeTrue(CpuDevice.variants().getLast().equals("amx"), "AMX is not emulated here");
    for (Precision precision : new Precision[] {Precision.F32, Precision.BF16})
      try (Device device = CpuDevice.open("amx", 1, precision);
          Witness witness = Witness.on(device)) {
        long before = VirtualAmx.products();
        View a = witness.input(draw.normal(1024), 32, 32);
        witness.stream().matmul(witness.output(32, 32), a, false, a, false, false);
        // 2 × 2 tiles and one step of k, three times for bf16x3
        assertThat(VirtualAmx.products() - before).isEqualTo(precision == Precision.BF16 ? 4 : 12);
      }
  }
}
