package dev.sild.theory.alignment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.sild.bindings.Activation;
import dev.sild.bindings.Device;
import dev.sild.bindings.cpu.CpuDevice;
import dev.sild.bindings.cuda.VirtualGpu;
import dev.sild.data.CurvedGaussian;
import dev.sild.network.ConservativeNetwork.Signs;
import dev.sild.theory.steps.Line;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GradientFlowTest {
  private static final int SEED = Integer.getInteger("sild.seed", 20261126);
  private static Device cpu;

  @BeforeAll
  static void open() {
    cpu = CpuDevice.open();
    System.out.println("seed " + SEED);
  }

  @AfterAll
  static void close() {
    cpu.close();
  }

  /** A flow on a line in R^6. */
  private static Setting setting(
      Activation activation,
      Signs signs,
      double sigma,
      int power,
      double temperature,
      double step) {
    return new Setting(
        new CurvedGaussian(1, 6, 0, SEED),
        activation,
        signs,
        64,
        sigma,
        power,
        temperature,
        step,
        128,
        SEED);
  }

  private static Setting linear(Signs signs, double sigma, int power) {
    return setting(Activation.IDENTITY, signs, sigma, power, 0, 0.05);
  }

  /**
   * The device's network and the moments' equations come from different derivations, and meet: the
   * descent is Euler's method, so its error is halved with the step, and twice the finer risk minus
   * the coarser one is the flow's up to the square of the step, which the fast rates, 16λ at most
   * here, make (16 · 0.005)² of it.
   */
  @ParameterizedTest
  @EnumSource(Signs.class)
  void theDescentTendsToTheFlowOfTheMoments(Signs signs) {
    double[] normal = new double[2];
    double[] tangent = new double[2];
    MomentFlow exact = null;
    for (int i = 0; i < 2; i++) {
      Setting s = setting(Activation.IDENTITY, signs, 0.4, 2, 0, 0.01 / (1 + i));
      try (GradientFlow flow = new GradientFlow(cpu, s)) {
        if (exact == null) {
          exact = new MomentFlow(s, flow.weights(), flow.biases());
          exact.to(40 * s.timeStep());
        }
        while (flow.steps() < 40 * (1 + i)) flow.step();
        normal[i] = flow.risk().normal();
        tangent[i] = flow.risk().tangent();
      }
    }
    double tolerance = Math.pow(16 * 0.005, 2);
    assertThat(2 * normal[1] - normal[0])
        .isBetween(exact.normal() * (1 - tolerance), exact.normal() * (1 + tolerance));
    assertThat(2 * tangent[1] - tangent[0])
        .isBetween(exact.tangent() * (1 - tolerance), exact.tangent() * (1 + tolerance));
    double coarse = Math.abs(normal[0] - exact.normal());
    assertThat(coarse).isGreaterThan(1.5 * Math.abs(normal[1] - exact.normal()));
  }

  @Test
  void withBalancedSignsTheNormalPartFallsExponentially() {
    Course course = Course.of(cpu, linear(Signs.BALANCED, 0.2, 2), 4, 3);
    for (Part part : Part.values()) {
      Decay decay = course.decay(part);
      assertThat(decay.decades()).isGreaterThan(2);
      assertThat(decay.exponentialR2()).isGreaterThan(0.98);
      assertThat(decay.evidence()).isPositive();
    }
    // Steps of 0.05/λ in a flow that decays at 16 λσ² there: Euler's rate is off by half of
    // 16 · 0.05 σ²; before, the tangent part took 16 · 0.05 a step, which moves where it ends.
    assertThat(course.decay(Part.NORMAL).rate() / course.theory(Part.NORMAL).rate())
        .isBetween(0.95, 1.05);
  }

  @ParameterizedTest
  @EnumSource(Activation.class)
  void theNormalRateIsFreeOfSigmaOnlyUnderTheFirstWeight(Activation activation) {
    double[] sigmas = {0.25, 0.4};
    for (int power : new int[] {2, 4}) {
      double[] rates = new double[sigmas.length];
      for (int i = 0; i < sigmas.length; i++) {
        Setting s = setting(activation, Signs.BALANCED, sigmas[i], power, 0, 0.05);
        Course course = Course.of(cpu, s, 1, 2);
        rates[i] = course.decay(Part.SLOPE).rate();
        assertThat(rates[i] / course.theory(Part.SLOPE).rate())
            .as("of leading order")
            .isBetween(0.6, 1.4);
      }
      double slope =
          Line.through(
                  IntStream.range(0, 2).mapToDouble(i -> Math.log(sigmas[i])).toArray(),
                  IntStream.range(0, 2).mapToDouble(i -> Math.log(rates[i])).toArray())
              .slope();
      assertThat(slope).isBetween(1.7 - power, 2.3 - power); // the other weight's is 2 away
    }
  }

  @Test
  void withPositiveSignsItFallsByAPowerLawOnly() {
    Setting s = linear(Signs.POSITIVE, 0.3, 2);
    Course course = Course.of(cpu, s, 20, 6);
    Decay decay = course.decay(Part.NORMAL);
    assertThat(decay.evidence()).isNegative();
    assertThat(decay.powerR2()).isGreaterThan(0.99).isGreaterThan(decay.exponentialR2());
    assertThat(decay.exponent() / course.theory(Part.NORMAL).exponent()).isBetween(0.95, 1.05);
    assertThat(decay.exponent()).isBetween(1.8, 2.0); // 2 is the limit, and reached from below
  }

  /**
   * Seeds are independent, so the mean of their late normal parts is the stationary one within four
   * of its standard errors; Euler's steps add a share of half of 16 · 0.01 at most.
   */
  @Test
  void langevinNoiseLeavesItsShareOfEachDegreeOfFreedom() {
    int seeds = 12;
    double[] ratios = new double[seeds];
    for (int i = 0; i < seeds; i++) {
      Setting s =
          new Setting(
              new CurvedGaussian(1, 6, 0, SEED + i),
              Activation.IDENTITY,
              Signs.BALANCED,
              64,
              0.4,
              2,
              0.01,
              0.01,
              2,
              SEED + i);
      Course course = Course.of(cpu, s, 2, 1);
      ratios[i] = course.late() / course.theoreticalLate();
    }
    double mean = java.util.Arrays.stream(ratios).average().orElseThrow();
    double squares = java.util.Arrays.stream(ratios).map(r -> (r - mean) * (r - mean)).sum();
    double error = Math.sqrt(squares / (seeds - 1) / seeds);
    assertThat(error).as("what can be told").isLessThan(0.1);
    assertThat(mean).isBetween(1 - 4 * error, 1.08 + 4 * error);
  }

  @Test
  void theGpuFlowsAsTheProcessorDoes() {
    assumeThat(VirtualGpu.orReal()).as("a GPU or its stand-in").isTrue();
    Setting s = setting(Activation.SILU, Signs.BALANCED, 0.4, 2, 0.01, 0.05);
    double[] normal = new double[2];
    Device[] devices = {cpu, VirtualGpu.shared()};
    for (int i = 0; i < 2; i++)
      try (GradientFlow flow = new GradientFlow(devices[i], s)) {
        while (flow.steps() < 3) flow.step();
        normal[i] = flow.risk().normal();
      }
    // sums of 64 neurons and 128 rows in f32, each term some size of the sum, three times
    assertThat(normal[1] / normal[0]).isBetween(1 - 1e-4, 1 + 1e-4);
  }
}
