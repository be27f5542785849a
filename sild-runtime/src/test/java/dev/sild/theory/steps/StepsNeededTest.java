package dev.sild.theory.steps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sild.sampling.Schedule;
import org.junit.jupiter.api.Test;

class StepsNeededTest {

  @Test
  void theCubesCurveIsItsCoordinates() {
    for (double gamma : new double[] {1e-3, 0.1, 1, 5, 50})
      assertThat(new Cube(7).m(gamma)).isCloseTo(7 * TwoPoints.m(gamma), within(1e-12));
  }

  /** One step fewer loses more than the bound. */
  @Test
  void oneStepFewerIsNotEnough() {
    DenoisingCurve curve = new Cube(4).curve(20, 0.05, 2001);
    PathKl kl = new PathKl(curve, 4, 4);
    OptimalSchedule optimal = new OptimalSchedule(curve, 100);
    int best = StepsNeeded.best(curve, 0.3, 100);
    assertThat(optimal.divergence(best)).isLessThanOrEqualTo(0.3);
    assertThat(optimal.divergence(best - 1)).isGreaterThan(0.3);
    int plain = StepsNeeded.of(kl, k -> Schedule.logSnr(20, 0.05, k), 0.3, 4096);
    assertThat(plain).isGreaterThan(best);
    for (int k : new int[] {plain, plain - 1})
      assertThat(kl.of(new dev.sild.sampling.Ancestral(), Schedule.logSnr(20, 0.05, k)) <= 0.3)
          .isEqualTo(k == plain);
    assertThat(StepsNeeded.best(curve, 1e-9, 50)).isZero();
    assertThat(StepsNeeded.of(kl, k -> Schedule.logSnr(20, 0.05, k), 1e-9, 50)).isZero();
  }

  /** Linear in the entropy: the divergence of d coordinates at K steps is d times that of one. */
  @Test
  void theStepsOfCubesGrowWithTheirEntropy() {
    double[] entropy = new double[6];
    double[] steps = new double[6];
    for (int i = 0; i < 6; i++) {
      Cube cube = new Cube(2 << i);
      entropy[i] = cube.entropy();
      steps[i] = StepsNeeded.best(cube.curve(40, 0.05, 1501), 1, 400);
    }
    Line line = Line.through(entropy, steps);
    System.out.println(java.util.Arrays.toString(steps) + " " + line);
    assertThat(line.low()).isPositive();
    // K·KL → ¼ (∫ √(−m') dγ)² = 1.508 d: 1.508/ln 2 = 2.176 steps a nat, and more for few steps
    assertThat(line.slope()).isBetween(2.0, 2.5);
  }

  /** KL = 1.5/K + 0.9/K², by tables that end at 1000 and at 20 steps: the root in closed form. */
  @Test
  void betweenAndBeyondWholeNumbersOfSteps() {
    for (double bound : new double[] {0.7, 0.1, 0.01}) {
      double root = (1.5 + Math.sqrt(1.5 * 1.5 + 4 * bound * 0.9)) / (2 * bound);
      double found = StepsNeeded.continuous(k -> 1.5 / k + 0.9 / (k * k), bound, 1000);
      // K·KL is bent by 2 B/K³ between two numbers of steps: by at most a quarter of that
      assertThat(found).isCloseTo(root, within(0.9 / (2 * Math.pow(root - 1, 3)) / bound));
      if (root > 20)
        assertThat(StepsNeeded.continuous(k -> 1.5 / k + 0.9 / (k * k), bound, 20))
            .isCloseTo(root, within(1e-9 * root));
    }
    assertThat(StepsNeeded.continuous(k -> 1.5 / k, 2, 20)).isEqualTo(1);
  }

  /** y = 1 + 2 x with residuals 1, −1, −1, 1 over x = 0 … 3: by hand. */
  @Test
  void theLineIsThatOfLeastSquares() {
    Line line = Line.through(new double[] {0, 1, 2, 3}, new double[] {2, 2, 4, 8});
    assertThat(line.slope()).isCloseTo(2, within(1e-12));
    assertThat(line.intercept()).isCloseTo(1, within(1e-12));
    double error = Math.sqrt(4.0 / 2 / 5);
    assertThat(line.high() - line.slope()).isCloseTo(4.302652729911275 * error, within(1e-9));
  }
}
