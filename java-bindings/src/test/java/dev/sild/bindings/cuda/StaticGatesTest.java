package dev.sild.bindings.cuda;

import static dev.sild.bindings.cuda.Cubin.Operation.HMMA;
import static dev.sild.bindings.cuda.Cubin.Operation.LDG;
import static dev.sild.bindings.cuda.Cubin.Operation.LDGSTS;
import static dev.sild.bindings.cuda.Cubin.Operation.LDL;
import static dev.sild.bindings.cuda.Cubin.Operation.STG;
import static dev.sild.bindings.cuda.Cubin.Operation.STL;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What can be said of the compiled kernels without running them. */
class StaticGatesTest {
  /** What the CPU computes in double is double here too: norms of gradients, sums over a stage. */
  private static final Set<String> IN_DOUBLE =
      Set.of(
          "sild_adamw_ema",
          "sild_adamw_ema_two",
          "sild_sum_of_squares",
          "sild_sum_of_squares_parts",
          "sild_bin_errors");

  /**
   * An exact division is ten instructions and a slow path. Here it is meant: once a parameter, a
   * row or a pair, or where the CPU's bits are promised.
   */
  private static final Set<String> DIVIDING =
      Set.of(
          "sild_adamw_ema",
          "sild_adamw_ema_two",
          "sild_bin_errors",
          "sild_dsm_loss",
          "sild_group_norm_backward",
          "sild_group_norm_forward",
          "sild_mixture_merge",
          "sild_mlp_resident",
          "sild_mlp_streamed_bf16_32",
          "sild_mlp_streamed_bf16_64",
          "sild_mlp_streamed_bf16x3_16",
          "sild_mlp_streamed_bf16x3_32",
          "sild_norm_backward",
          "sild_norm_forward",
          "sild_time_embedding");

  /** Rows of ten logits, sums over columns, single numbers, fragments, slabs of 16 coordinates. */
  private static final Set<String> NARROW_LOADS =
      Set.of(
          "sild_bin_errors",
          "sild_cross_entropy",
          "sild_draw_indices",
          "sild_group_norm_channels",
          "sild_norm_backward_columns",
          "sild_pack_mlp",
          "sild_random_features",
          "sild_sum_of_squares",
          "sild_time_embedding");

  /** What a row or a block ends in is one number; neighbours of an output lie in other lanes. */
  private static final Set<String> NARROW_STORES =
      Set.of(
          "sild_bin_errors",
          "sild_conv2d_bias_gradient",
          "sild_cross_entropy",
          "sild_draw_indices",
          "sild_group_norm_channels",
          "sild_group_norm_sums",
          "sild_mixture_merge",
          "sild_mlp_resident",
          "sild_mlp_streamed_bf16_32",
          "sild_mlp_streamed_bf16_64",
          "sild_mlp_streamed_bf16x3_16",
          "sild_mlp_streamed_bf16x3_32",
          "sild_norm_backward_columns",
          "sild_random_features",
          "sild_row_maximum",
          "sild_sum_of_squares",
          "sild_sum_of_squares_parts",
          "sild_time_embedding");

  @BeforeAll
  static void requireKernels() {
    Build.requireKernels();
  }

  @Test
  void everyArchitectureHasEveryKernelWithoutSpillsAndStack() {
    for (String op : Build.ops()) {
      Set<String> names =
          new Ptx(Build.ptx(op))
              .kernels().stream().map(Ptx.Kernel::name).collect(Collectors.toSet());
      assertThat(names).as(op).isNotEmpty();
      for (int architecture : Build.ARCHITECTURES) {
        assertThat(Files.isRegularFile(Build.cubin(op, architecture))).as(op).isTrue();
        Map<String, Ptxas> kernels = Ptxas.parse(Build.ptxas(op, architecture));
        assertThat(kernels.keySet()).as("%s, sm_%d", op, architecture).isEqualTo(names);
        kernels.forEach((name, kernel) -> {
          assertThat(kernel.spills()).as("%s, sm_%d: spills", name, architecture).isZero();
          assertThat(kernel.stack()).as("%s, sm_%d: stack", name, architecture).isZero();
        });
      }
    }
  }

  @Test
  void nothingLiesInLocalMemory() {
    eachCubin(
        (name, code) -> assertThat(code.of(LDL) + code.of(STL)).as("%s: LDL, STL", name).isZero());
    eachPtx((name, kernel) -> assertThat(kernel.count(".local")).as("%s: .local", name).isZero());
  }

  @Test
  void rowsAreMovedBy128Bits() {
    eachCubin((name, code) -> {
      assertThat(code.wide(LDG) + code.wide(LDGSTS) > 0)
          .as("%s loads 128 bits", name)
          .isEqualTo(!NARROW_LOADS.contains(name));
      assertThat(code.wide(STG) > 0)
          .as("%s stores 128 bits", name)
          .isEqualTo(!NARROW_STORES.contains(name));
    });
  }

  @Test
  void tensorCoresComputeTheProductsAndOnlyThose() {
    eachCubin((name, code) -> {
      boolean product = name.matches("sild_(product|linear_forward|mlp_(resident|streamed))_?.*");
      assertThat(code.of(HMMA) > 0)
          .as("%s has HMMA", name)
          .isEqualTo(product && !name.contains("_strict_"));
    });
  }

  @Test
  void arithmeticIsInSinglePrecisionWhereItIsMeantToBe() {
    eachPtx((name, kernel) -> {
      assertThat(kernel.count(".f64") > 0)
          .as("%s computes in double", name)
          .isEqualTo(IN_DOUBLE.contains(name));
      if (!DIVIDING.contains(name))
        assertThat(kernel.count("div.rn")).as("%s: exact divisions", name).isZero();
    });
  }

  @Test
  void whatAKernelNeverWritesIsReadThroughTheReadOnlyPath() {
    eachPtx((name, kernel) ->
        assertThat(kernel.count("ld.global.nc") + kernel.count("cp.async"))
            .as("%s: ld.global.nc or cp.async", name)
            .isPositive());
  }

  @Test
  void thePtxAsksForNoMoreThanItMust() {
    for (String op : Build.ops()) {
      List<String> lines = Build.ptx(op).lines().toList();
      assertThat(lines).as(op).contains(".version 7.1", ".target sm_80");
      assertThat(lines).as("%s: calls", op).noneMatch(line -> line.contains("call"));
    }
  }

  private static void eachCubin(BiConsumer<String, Cubin.Code> check) {
    for (String op : Build.ops()) Cubin.parse(Build.cubin(op, Build.HOPPER)).forEach(check);
  }

  private static void eachPtx(BiConsumer<String, Ptx.Kernel> check) {
    for (String op : Build.ops())
      for (Ptx.Kernel kernel : new Ptx(Build.ptx(op)).kernels())
        check.accept(kernel.name(), kernel);
  }
}
