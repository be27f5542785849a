package dev.sild.bindings.selftest;

import dev.sild.bindings.Noise;
import dev.sild.bindings.Step;
import dev.sild.bindings.View;
import java.util.List;
import java.util.Random;

/** What an encoder's output is made into, and how far its law is from the prior. */
final class LatentCases {
  private static final double[] FAR = {-40, -30, 20, 25};

  private LatentCases() {}

  static List<Case> all() {
    return List.of(
        forward("one coordinate", 31, 1, true, true),
        forward("width 31", 33, 31, true, true),
        forward("width 64, without the divergence", 31, 64, true, false),
        forward("width 64, without noise", 31, 64, false, true),
        forward("the means alone", 31, 33, false, false),
        forward("long rows", 3, 3000, true, true),
        backward("one coordinate", 31, 1, true),
        backward("width 31", 33, 31, true),
        backward("width 64", 31, 64, true),
        backward("width 64, without noise", 31, 64, false),
        backward("several blocks across", 3, 1500, true),
        backward("many rows a thread", 3000, 5, true),
        mmd("two rows", 2, 3, true),
        mmd("width 31", 33, 31, true),
        mmd("width 64", 67, 64, true),
        mmd("several chunks of coordinates", 35, 132, true),
        mmd("an odd width", 40, 101, true),
        mmd("without a gradient", 33, 64, false));
  }

  /** Of the logarithms of variances some lie outside their limits and some on them. */
  private static View code(Trial trial, long rows, long latent) {
    float[] values = new float[(int) (2 * rows * latent)];
    Random random = new Random(rows * latent);
    for (int i = 0; i < values.length; i++) {
      boolean logarithm = i / latent % 2 == 1;
      boolean far = random.nextInt(16) == 0;
      values[i] =
          (float)
              (logarithm && far
                  ? FAR[random.nextInt(FAR.length)]
                  : logarithm ? random.nextDouble(-4, 2) : random.nextGaussian());
    }
    return trial.floats(values, rows, 2 * latent);
  }

  private static Case forward(String name, long rows, long latent, boolean noisy, boolean kl) {
    return new Case(
        "reparameteriseForward",
        name,
        trial ->
            trial.stream()
                .reparameteriseForward(
                    trial.output("z", Bound.exact(), rows, latent), // the bits of the normals
                    kl ? trial.output("kl", Bound.rounding(latent).ofRow(), rows) : null,
                    code(trial, rows, latent),
                    noise(noisy),
                    noisy ? trial.step(Step.at(1L << 33)) : null));
  }

  private static Case backward(String name, long rows, long latent, boolean noisy) {
    return new Case(
        "reparameteriseBackward",
        name,
        trial ->
            trial.stream()
                .reparameteriseBackward(
                    trial.output("dcode", Bound.exact(), rows, 2 * latent),
                    trial.normal(rows, latent),
                    code(trial, rows, latent),
                    0.375,
                    noise(noisy),
                    noisy ? trial.step(Step.at(1L << 33)) : null));
  }

  private static Noise noise(boolean noisy) {
    return noisy ? Trial.NOISE : null;
  }

  /**
   * A row's value is a difference of sums of kernels that are at most 14 together, and 1 at least
   * where the one law is three times as wide: what those may lose is 14 times as much of it.
   */
  private static Case mmd(String name, long rows, long columns, boolean gradient) {
    return new Case(
        "mmd",
        name,
        trial -> {
          Bound bound = Bound.rounding(rows + columns);
          trial.stream()
              .mmd(
                  gradient ? trial.state("dz", bound, rows, columns) : null,
                  trial.output("value", bound.times(14), rows),
                  trial.scaled(3, rows, columns),
                  trial.normal(rows, columns),
                  rows * columns);
        });
  }
}
