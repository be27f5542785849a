package dev.sild.bindings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdamwEmaTest {
  private static final AdamW RULE = new AdamW(0.9, 0.999, 1e-8, 0.05, 0);
  private static final int STEPS = 5;

  private final Draw draw = new Draw("adamw");

  @ParameterizedTest
  @CsvSource({"1, 0", "31, 0", "1021, 3", "256, 1000", "20000, 1"})
  void severalStepsAgreeAtEverySize(int n, double clip) {
    AdamW rule = new AdamW(0.9, 0.999, 1e-8, 0.05, clip);
    double[] start = draw.normal(n);
    double[][] gradients = new double[STEPS][];
    for (int t = 0; t < STEPS; t++) gradients[t] = draw.normal(n);
    Expected expected = Expected.of(p -> reference(p, rule, start, gradients));
    Witness.all(witness -> {
      Parameters parameters = new Parameters(witness, start);
      for (int t = 0; t < STEPS; t++) parameters.update(step(t), gradients[t], rule);
      expected.admits("p", parameters.p);
      expected.admits("m", parameters.m);
      expected.admits("v", parameters.v);
      expected.admits("ema", parameters.ema);
      expected.admits("secondEma", parameters.secondEma);
      assertThat(parameters.stopped.longs()).containsExactly(0);
    });
  }

  @ParameterizedTest
  @CsvSource({"1021, 0", "4096, 3"})
  void aGpuGivesTheBitsOfTheCpu(int n, double clip) {
    AdamW rule = new AdamW(0.9, 0.999, 1e-8, 0.05, clip);
    double[] start = draw.normal(n);
    double[][] gradients = {draw.normal(n), draw.normal(n)};
    Witness.alike(witness -> {
      Parameters parameters = new Parameters(witness, start);
      // the order of a sum of squares is a device's own
      parameters.norm.write(MemorySegment.ofArray(new double[] {1.0 / 3 + n}));
      for (int t = 0; t < 2; t++) parameters.move(step(t), witness.input(gradients[t], n), rule);
    });
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 31, 1021, 20000})
  void aSecondAverageChangesNothingElse(int n) {
    double[] start = draw.normal(n);
    double[] gradient = draw.normal(n);
    Witness.all(witness -> {
      Parameters two = new Parameters(witness, start);
      Parameters one = new Parameters(witness, start);
      two.update(step(0), gradient, RULE);
      View g = witness.input(gradient, n);
      View step = witness.step(step(0));
      witness.stream()
          .adamwEma(one.p, one.m, one.v, one.ema, null, one.stopped, g, two.norm, step, RULE);
      for (int i = 0; i < 4; i++) assertThat(one.bytes()[i]).isEqualTo(two.bytes()[i]);
      assertThat(one.secondEma.floats()).isEqualTo(witness.input(start, n).floats());
      assertThat(two.secondEma.floats()).isNotEqualTo(one.secondEma.floats());
    });
  }

  @Test
  void theFirstStepMovesEachParameterByTheLearningRate() {
    double[] start = new double[31];
    double[] gradient = draw.uniform(31, -5, -0.1);
    Step first = new Step(0, 0.25, 1 / (1 - 0.9), 1 / (1 - 0.999), 0.5);
    Witness.all(witness -> {
      Parameters parameters = new Parameters(witness, start);
      parameters.update(first, gradient, RULE);
      // 1 − 0.999f is 5e-5 off, its root half of that
      for (float p : parameters.p.floats())
        assertThat((double) p).isBetween(0.25 * (1 - 3e-5), 0.25 * (1 + 3e-5));
    });
  }

  @Test
  void weightDecayActsWithoutAGradient() {
    double[] start = draw.normal(31);
    Witness.all(witness -> {
      Parameters parameters = new Parameters(witness, start);
      parameters.update(new Step(0, 0.5, 10, 1000, 1), new double[31], RULE);
      float[] p = parameters.p.floats();
      for (int i = 0; i < 31; i++) {
        double wanted = start[i] * (1 - 0.5 * 0.05);
        assertThat(Math.abs(p[i] - wanted)).isLessThanOrEqualTo(2 * Math.ulp((float) wanted));
      }
    });
  }

  @Test
  void aClippedGradientCountsAsOneOfThatNorm() {
    double[] start = draw.normal(1021);
    double[] gradient = draw.normal(1021);
    double norm = Math.sqrt(Differences.dot(gradient, gradient));
    AdamW clipped = new AdamW(0.9, 0.999, 1e-8, 0, 2);
    Witness.all(witness -> {
      Parameters parameters = new Parameters(witness, start);
      parameters.update(step(0), gradient, clipped);
      double squares = 0;
      for (float m : parameters.m.floats()) squares += (double) m * m / 0.01;
      // m = (1 − β₁) g: three roundings an element, and they average out over 1021
      assertThat(Math.abs(Math.sqrt(squares) / 2 - 1)).isLessThan(3 * 0x1p-23);
      assertThat(norm).isGreaterThan(2);
    });
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
  void nothingChangesOnceAGradientWasNotFinite(double bad) {
    double[] start = draw.normal(20000);
    double[] good = draw.normal(20000);
    double[] broken = good.clone();
    broken[12345] = bad;
    Witness.all(witness -> {
      Parameters parameters = new Parameters(witness, start);
      parameters.update(step(0), good, RULE);
      byte[][] before = parameters.bytes();
      double[][] gradients = {broken, good, broken};
      for (int i = 0; i < 3; i++) {
        parameters.update(step(1 + i), gradients[i], RULE);
        assertThat(parameters.bytes()).isDeepEqualTo(before);
        assertThat(parameters.stopped.longs()).containsExactly(1 + step(1).firstSample());
      }
    });
  }

  @Test
  void wrongShapesAreNamed() {
    try (Witness witness = Witness.any()) {
      Parameters of = new Parameters(witness, new double[4]);
      View step = witness.step(step(0));
      View five = witness.output(5);
      assertThatThrownBy(() ->
              witness.stream()
                  .adamwEma(of.p, of.m, of.v, of.ema, null, of.stopped, five, of.norm, step, RULE))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("adamw_ema: g is F32[5], not F32[4]");
    }
  }

  private static Step step(int t) {
    return new Step(
        64L * t,
        0.01 / (t + 1),
        1 / (1 - Math.pow(0.9, t + 1)),
        1 / (1 - Math.pow(0.999, t + 1)),
        0.7,
        0.9);
  }

  /** The constants reach the device as f32, so the reference takes those. */
  private static Map<String, double[]> reference(
      Rounding r, AdamW rule, double[] start, double[][] gradients) {
    int n = start.length;
    double[] p = start.clone();
    double[] m = new double[n];
    double[] v = new double[n];
    double[] ema = start.clone();
    double[] secondEma = start.clone();
    double beta1 = (float) rule.beta1();
    double beta2 = (float) rule.beta2();
    for (int t = 0; t < gradients.length; t++) {
      double[] g = gradients[t];
      double norm = Math.sqrt(Differences.dot(g, g));
      double shrink = rule.clip() > 0 && norm > rule.clip() ? r.r(rule.clip() / norm) : 1;
      Step step = step(t);
      for (int i = 0; i < n; i++) {
        double gi = r.r(shrink * g[i]);
        m[i] = r.r(r.r(beta1 * m[i]) + r.r(r.r(1 - beta1) * gi));
        v[i] = r.r(r.r(beta2 * v[i]) + r.r(r.r(1 - beta2) * r.r(gi * gi)));
        double mean = r.r(m[i] * (float) step.firstCorrection());
        double root = r.r(Math.sqrt(r.r(v[i] * (float) step.secondCorrection())));
        double ratio = r.r(mean / r.r(root + (float) rule.epsilon()));
        double update = r.r(ratio + r.r((float) rule.weightDecay() * p[i]));
        p[i] = r.r(p[i] - r.r((float) step.learningRate() * update));
        ema[i] = average(r, ema[i], p[i], step.emaDecay());
        secondEma[i] = average(r, secondEma[i], p[i], step.secondEmaDecay());
      }
    }
    return Map.of("p", p, "m", m, "v", v, "ema", ema, "secondEma", secondEma);
  }

  private static double average(Rounding r, double e, double p, double decay) {
    return r.r(e + r.r(r.r(1 - (float) decay) * r.r(p - e)));
  }

  /** Parameters and optimiser state in the memory of a device. */
  private static final class Parameters {
    final Witness witness;
    final View p;
    final View m;
    final View v;
    final View ema;
    final View secondEma;
    final View stopped;
    final View norm;

    Parameters(Witness witness, double[] start) {
      int n = start.length;
      this.witness = witness;
      p = witness.state(start, n);
      m = witness.state(new double[n], n);
      v = witness.state(new double[n], n);
      ema = witness.state(start, n);
      secondEma = witness.state(start, n);
      stopped = witness.output(DType.I64, 1);
      stopped.clear();
      norm = witness.output(DType.F64, 1);
    }

    void update(Step step, double[] gradient, AdamW rule) {
      View g = witness.input(gradient, gradient.length);
      witness.stream().sumOfSquares(norm, g);
      move(step, g, rule);
    }

    void move(Step step, View g, AdamW rule) {
      witness.stream()
          .adamwEma(p, m, v, ema, secondEma, stopped, g, norm, witness.step(step), rule);
    }

    byte[][] bytes() {
      View[] views = {p, m, v, ema, secondEma};
      byte[][] bytes = new byte[views.length][Math.toIntExact(p.bytes())];
      for (int i = 0; i < views.length; i++) views[i].read(MemorySegment.ofArray(bytes[i]));
      return bytes;
    }
  }
}
