package dev.sild.bindings.selftest;

import dev.sild.bindings.MlpShape;
import dev.sild.bindings.MlpWeights;
import dev.sild.bindings.PlanRow;
import dev.sild.bindings.RandomFeature;
import dev.sild.bindings.Step;
import dev.sild.bindings.View;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Whole trajectories, exact denoisers and random features. */
final class SamplerCases {
  private SamplerCases() {}

  static List<Case> all() {
    List<Case> all = new ArrayList<>();
    all.addAll(trajectories("mlpSampler", new MlpShape(3, 128, 3), 70));
    all.addAll(trajectories("mlpSampler", new MlpShape(16, 64, 1), 31));
    all.addAll(trajectories("mlpSampler", new MlpShape(1, 16, 1), 1));
    all.addAll(trajectories("mlpSampler", new MlpShape(20, 160, 2), 33));
    all.addAll(trajectories("mlpSampler", new MlpShape(33, 304, 1), 17));
    all.addAll(trajectories("mlpSampler", new MlpShape(64, 512, 2), 70));
    all.addAll(
        List.of(
            mixture("one component", 1, 1, 1, false, false),
            mixture("of a data set", 31, 70, 31, false, false),
            mixture("weights", 65, 64, 64, true, false),
            mixture("variances", 31, 130, 17, false, true),
            mixture("several shares", 5, 2500, 17, true, true),
            mixture("several tiles of columns", 70, 130, 200, true, true),
            ownPoints(),
            features("one", 1, 1, 1, RandomFeature.COSINE),
            features("cosine", 130, 70, 17, RandomFeature.COSINE),
            features("relu", 130, 70, 64, RandomFeature.RELU),
            features("silu", 130, 70, 31, RandomFeature.SILU),
            features("tanh", 130, 70, 130, RandomFeature.TANH)));
    return all;
  }

  /**
   * Packing a network has no result but what the sampler makes of it: a denoiser evaluated once
   * shows it.
   */
  private static List<Case> trajectories(String op, MlpShape shape, long rows) {
    String sizes =
        "latent %d, width %d, %d blocks".formatted(shape.latent(), shape.width(), shape.blocks());
    List<PlanRow> once = List.of(evaluation(1, 0, 1, 0, false, 0));
    List<PlanRow> many =
        List.of(
            evaluation(10, 0.1, 0.9, 3, false, 0),
            evaluation(3, 0.3, 0.7, 0, true, 1),
            evaluation(1, 0.2, 0.5, 0.5, false, 2),
            evaluation(0.3, 0, 1, 0, false, 3));
    return List.of(
        trajectory("packMlp", sizes, shape, rows, once, 0, false),
        trajectory(op, sizes, shape, rows, many, 10, true));
  }

  /** An evaluation at σ with σ_data = 0.5, and some update. */
  private static PlanRow evaluation(
      double sigma, double a, double b, double s, boolean keep, int step) {
    double total = sigma * sigma + 0.25;
    double c = step == 2 ? 0.3 : 0;
    return new PlanRow(
        1 / Math.sqrt(total), 0.25 / total, sigma * 0.5 / Math.sqrt(total), a, b, c, s, keep, step);
  }

  /**
   * A product of each layer, one after the other: their errors are independent, so they add up in
   * squares; norms and residuals pass them on as they are. What earlier evaluations erred, an
   * update shrinks as it does x.
   */
  private static Case trajectory(
      String op,
      String name,
      MlpShape shape,
      long rows,
      List<PlanRow> plan,
      double start,
      boolean numbered) {
    return new Case(
        op,
        name,
        trial -> {
          MlpWeights weights = weights(trial, shape);
          View modulation = trial.scaled(0.5, plan.size(), shape.blocks(), shape.width());
          View steps = trial.floats(PlanRow.table(plan), plan.size(), PlanRow.COLUMNS);
          View packed = trial.packed(trial.stream().mlpPackedBytes(shape));
          if (packed == null) return; // plain f32 on a GPU: every evaluation is launched by itself
          Bound bound = trial.product(shape.width()).times(Math.sqrt(shape.layers()));
          View x = trial.state("x", bound, rows, shape.latent());
          View at = numbered ? trial.step(Step.at(1L << 33)) : null;
          trial.stream().packMlp(packed, weights);
          trial.stream().mlpSampler(x, packed, shape, modulation, steps, start, Trial.NOISE, at);
        });
  }

  private static MlpWeights weights(Trial trial, MlpShape shape) {
    List<MlpWeights.Layer> layers = new ArrayList<>();
    for (int i = 0; i < shape.layers(); i++) {
      int inputs = shape.inputs(i);
      int outputs = shape.outputs(i);
      boolean norm = i % 2 == 1; // before the first layer of a block, and before the last
      layers.add(
          new MlpWeights.Layer(
              trial.scaled(1 / Math.sqrt(inputs), outputs, inputs),
              trial.scaled(0.1, outputs),
              norm ? trial.uniform(0.5, 1.5, inputs) : null,
              norm ? trial.scaled(0.1, inputs) : null));
    }
    return new MlpWeights(shape, layers);
  }

  /**
   * A logit is ‖x − μ‖²/2t, D/σ² of it for normal x and μ at the least σ = ½; what it loses is lost
   * in each posterior.
   */
  private static Case mixture(
      String name, long rows, long components, long columns, boolean weights, boolean variances) {
    return new Case(
        "mixtureDenoiser",
        name,
        trial -> {
          Bound bound = Bound.rounding(columns).times(1 + columns / 0.25);
          trial.stream()
              .mixtureDenoiser(
                  trial.output("denoised", bound, rows, columns),
                  weights ? trial.output("density", bound, rows) : null,
                  trial.normal(rows, columns),
                  trial.normal(components, columns),
                  weights ? trial.uniform(-9, 0, components) : null,
                  variances ? trial.uniform(0, 0.5, components) : null,
                  trial.sigmas(0.5, 3, rows));
        });
  }

  /** At σ = 10⁻³ a point of the data is its own mean: no other has any weight. */
  private static Case ownPoints() {
    return new Case(
        "mixtureDenoiser",
        "points of the data, little noise",
        trial -> {
          View points = trial.normal(31, 17);
          float[] little = new float[31];
          Arrays.fill(little, 1e-3f);
          trial.stream()
              .mixtureDenoiser(
                  trial.output("denoised", Bound.rounding(1), 31, 17),
                  null,
                  points,
                  points,
                  null,
                  null,
                  trial.floats(little, 31));
        });
  }

  /**
   * ⟨w, x⟩ is about √D, and as a/√D is 2 the argument is up to eight: so much more its errors
   * weigh.
   */
  private static Case features(
      String name, long rows, long count, long columns, RandomFeature kind) {
    return new Case(
        "randomFeatures",
        name,
        trial ->
            trial.stream()
                .randomFeatures(
                    trial.output("features", Bound.rounding(columns).times(8), rows, count),
                    trial.normal(rows, columns),
                    kind,
                    2 / Math.sqrt(columns),
                    Trial.NOISE,
                    77));
  }
}
