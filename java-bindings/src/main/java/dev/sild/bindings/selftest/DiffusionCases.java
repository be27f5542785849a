package dev.sild.bindings.selftest;

import static dev.sild.bindings.DType.F32;
import static dev.sild.bindings.DType.U8;

import dev.sild.bindings.DType;
import dev.sild.bindings.Gather;
import dev.sild.bindings.Step;
import dev.sild.bindings.View;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a network of noise levels is fed with, its loss, and a sampler's update. */
final class DiffusionCases {
  private DiffusionCases() {}

  static List<Case> all() {
    List<Case> all =
        new ArrayList<>(
            List.of(
                embedding("one pair", 31, 2),
                embedding("64 features", 33, 64),
                embedding("several blocks across", 3, 1026),
                embedding("many rows a thread", 4000, 8),
                loss("u8, one column", 31, U8, 1, 1, false, 0, true),
                loss("f32, one row", 1, F32, 1, 31, false, 0, true),
                loss("u8 by index, preconditioned", 33, U8, 1, 256, true, 0.5, true),
                loss("f32 by index, preconditioned", 31, F32, 1, 64, true, 0.5, true),
                loss("u8, three parts by index", 31, U8, 3, 31, true, 0, true),
                loss("f32, three parts", 31, F32, 3, 20, false, 0.5, true),
                loss("without a gradient", 31, U8, 1, 64, true, 0.5, false),
                loss("long rows", 3, F32, 1, 3000, false, 0.5, true)));
    for (Terms terms : Terms.values()) {
      String name = terms.name().toLowerCase(Locale.ROOT);
      all.add(step(name + ", width 64", 31, 64, terms, 0.3));
      all.add(step(name + ", width 31", 33, 31, terms, 0.3));
      if (terms == Terms.NOISE) continue; // without it there is nothing
      all.add(step(name + " without noise, width 64", 31, 64, terms, 0));
      all.add(step(name + " without noise, width 33", 31, 33, terms, 0));
    }
    all.add(step("several blocks across", 5, 1021, Terms.ALL, 0.3));
    all.add(step("many rows a thread", 3000, 5, Terms.BOTH, 0.3));
    return all;
  }

  /** c_noise times a frequency is nine turns at most; three roundings of it are 3 · 2⁻²¹ turns. */
  private static Case embedding(String name, long rows, long features) {
    Bound turns = new Bound(2 * Math.PI * 3 * 0x1p-21, false);
    return new Case(
        "timeEmbedding",
        name,
        trial ->
            trial.stream()
                .timeEmbedding(
                    trial.output("embedding", turns, rows, features),
                    trial.sigmas(0.002, 80, rows)));
  }

  private static Case loss(
      String name,
      long rows,
      DType type,
      int parts,
      int width,
      boolean indexed,
      double sigmaData,
      boolean gradient) {
    return new Case(
        "dsmLoss",
        name,
        trial -> {
          Gather bank = trial.bank(type, rows, parts, width, indexed);
          long d = bank.dimension();
          Bound bound = Bound.rounding(d).ofRow(); // λ differs from row to row by orders
          trial.stream()
              .dsmLoss(
                  gradient ? trial.output("dF", bound, rows, d) : null,
                  trial.output("loss", bound, rows),
                  trial.output("error", bound, rows),
                  trial.normal(rows, d),
                  sigmaData == 0 ? null : trial.normal(rows, d),
                  trial.sigmas(0.01, 50, rows),
                  bank,
                  sigmaData);
        });
  }

  /** Which terms of a sampler's step there are; noise alone shows the bits of the normals. */
  private enum Terms {
    NOISE,
    X,
    DENOISED,
    BOTH,
    ALL
  }

  private static Case step(String name, long rows, long columns, Terms terms, double s) {
    return new Case(
        "samplerStep",
        name,
        trial -> {
          boolean x = terms != Terms.NOISE && terms != Terms.DENOISED;
          boolean denoised = terms.compareTo(Terms.DENOISED) >= 0;
          boolean previous = terms == Terms.ALL;
          Bound bound = terms == Terms.NOISE ? Bound.exact() : Bound.rounding(4);
          View next = // half of the cases in place
              terms == Terms.BOTH
                  ? trial.state("next", bound, rows, columns)
                  : trial.output("next", bound, rows, columns);
          View from = terms == Terms.BOTH ? next : trial.normal(rows, columns);
          trial.stream()
              .samplerStep(
                  next,
                  x ? from : null,
                  0.75,
                  denoised ? trial.normal(rows, columns) : null,
                  0.6,
                  previous ? trial.normal(rows, columns) : null,
                  -0.3,
                  s,
                  Trial.NOISE,
                  previous ? trial.step(Step.at(1L << 33)) : null,
                  3);
        });
  }
}
