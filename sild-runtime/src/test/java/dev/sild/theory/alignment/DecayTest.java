package dev.sild.theory.alignment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DecayTest {
  private final double[] t = IntStream.range(0, 80).mapToDouble(i -> Math.pow(1.1, i)).toArray();

  @Test
  void eachLawIsFoundAndTheOtherNot() {
    double rate = 6 / t[79];
    Decay exponential = Decay.of(t, apply(x -> 3 * Math.exp(-rate * x)), 0);
    assertThat(exponential.rate()).isCloseTo(rate, within(1e-9 * rate));
    assertThat(exponential.exponentialR2()).isCloseTo(1, within(1e-12));
    assertThat(exponential.powerR2()).isLessThan(0.95);
    assertThat(exponential.evidence()).isPositive();
    assertThat(exponential.from()).isGreaterThanOrEqualTo(t[79] / 10);
    Decay power = Decay.of(t, apply(x -> Math.pow(x, -1.5)), 0);
    assertThat(power.exponent()).isCloseTo(1.5, within(1e-9));
    assertThat(power.decades()).isCloseTo(1.5, within(0.1));
    assertThat(power.evidence()).isNegative();
  }

  @Test
  void whatIsLeftOutIsLeftOut() {
    double[] risk = apply(x -> Math.exp(-x / t[79]));
    for (int i = 0; i < 60; i++) risk[i] = i % 2 == 0 ? -1 : 1e9; // before the transient's end
    assertThat(Decay.of(t, risk, t[60]).rate()).isCloseTo(1 / t[79], within(1e-9));
    Arrays.fill(risk, 60, 76, -1);
    assertThat(Decay.of(t, risk, t[60]).rate()).isNaN(); // four points are too few
  }

  private double[] apply(java.util.function.DoubleUnaryOperator law) {
    return Arrays.stream(t).map(law).toArray();
  }
}
