package dev.sild.bindings.selftest;

import static dev.sild.bindings.DType.F32;
import static dev.sild.bindings.DType.I32;
import static dev.sild.bindings.DType.U8;

import dev.sild.bindings.DType;
import dev.sild.bindings.Gather;
import dev.sild.bindings.SigmaLaw;
import dev.sild.bindings.SigmaLaw.Fixed;
import dev.sild.bindings.SigmaLaw.LogNormal;
import dev.sild.bindings.SigmaLaw.LogUniform;
import dev.sild.bindings.Step;
import java.util.List;

/**
 * The forward process and the rows it starts from. Indices are drawn, so they are the same bits. A
 * σ is e to the power of something up to ten, whose last place is worth 2⁻²¹ of σ: a few such
 * roundings, hence four times the bound of plain arithmetic.
 */
final class PerturbCases {
  private static final SigmaLaw COLLAPSE = new LogUniform(0.01, 50);

  private PerturbCases() {}

  static List<Case> all() {
    return List.of(
        indices("one", 1, 1, 1),
        indices("several parts", 31, 3, 60000),
        indices("the largest bank", 1021, 1, Integer.MAX_VALUE),
        perturb("u8, one column", 31, U8, 1, 1, false, COLLAPSE, 0),
        perturb("f32, one row", 1, F32, 1, 31, false, COLLAPSE, 0),
        perturb("u8 by index, width of whole quads", 64, U8, 1, 256, true, COLLAPSE, 0.5),
        perturb("f32 by index, width of whole quads", 33, F32, 1, 128, true, COLLAPSE, 0.5),
        perturb("u8, three parts, width of whole quads", 31, U8, 3, 20, false, COLLAPSE, 0),
        perturb("u8, three parts by index, width 31", 31, U8, 3, 31, true, COLLAPSE, 0.5),
        perturb("f32, three parts, width 31", 31, F32, 3, 31, false, COLLAPSE, 0),
        perturb("f32, several blocks across", 5, F32, 1, 2052, false, COLLAPSE, 0),
        perturb("u8, many rows a thread", 2100, U8, 1, 36, true, COLLAPSE, 0.5),
        perturb("σ = 0: clean samples", 31, U8, 3, 20, true, new Fixed(0), 0),
        perturb("one σ", 31, F32, 1, 64, true, new Fixed(0.7), 0.5),
        perturb("ln σ normal", 31, F32, 1, 64, true, new LogNormal(-1.2, 1.2), 0.5));
  }

  private static Case indices(String name, long rows, long parts, long bank) {
    return new Case(
        "drawIndices",
        name,
        trial ->
            trial.stream()
                .drawIndices(
                    trial.output("index", Bound.exact(), I32, rows, parts),
                    bank,
                    Trial.NOISE,
                    trial.step(Step.at(1L << 33))));
  }

  private static Case perturb(
      String name,
      long rows,
      DType type,
      int parts,
      int width,
      boolean indexed,
      SigmaLaw law,
      double sigmaData) {
    return new Case(
        "perturb",
        name,
        trial -> {
          Gather bank = trial.bank(type, rows, parts, width, indexed);
          Bound bound = Bound.rounding(1).times(4).ofRow();
          trial.stream()
              .perturb(
                  trial.output("noisy", bound, rows, bank.dimension()),
                  trial.output("sigma", bound, rows),
                  bank,
                  law,
                  sigmaData,
                  Trial.NOISE,
                  trial.step(Step.at(1L << 40)));
        });
  }
}
