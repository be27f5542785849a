package dev.sild.bindings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReparameteriseTest {
  private static final Noise NOISE = new Noise(8, 5);
  private static final long FIRST = (1L << 32) - 3; // the sample's number crosses 2³² in the batch
  private static final double WEIGHT = 0.375;

  private final Draw draw = new Draw("reparameterise");

  @ParameterizedTest
  @CsvSource({"1, 1", "31, 1", "1, 31", "31, 31", "31, 1021", "1021, 31", "64, 256", "5, 259"})
  void forwardAndBackwardAgreeAtEverySize(int rows, int latent) {
    Case batch = new Case(draw, rows, latent);
    for (Noise noise : new Noise[] {NOISE, null}) {
      Expected expected = Expected.of(p -> batch.evaluate(p, noise));
      Witness.all(witness -> {
        OnDevice on = new OnDevice(batch, witness, noise);
        expected.admits("z", on.z);
        expected.admits("kl", on.kl);
        expected.admits("dcode", on.dcode);
      });
    }
  }

  @Test
  void gradientIsTheDerivative() {
    Case batch = new Case(draw, 3, 7);
    for (Noise noise : new Noise[] {NOISE, null}) {
      double[] gradient = batch.evaluate(Rounding.DOUBLE, noise).get("dcode");
      Differences.confirm("dcode", gradient, batch.code, () -> batch.loss(noise));
    }
  }

  /** ∫ q ln(q/p) by the trapezoidal rule, which for such functions errs by less than 10⁻¹². */
  @Test
  void klIsTheDivergenceFromTheStandardNormal() {
    for (double[] law : new double[][] {{0, 0}, {1.5, 0.75}, {-0.5, -3}, {0.25, 1e-3}}) {
      Case one = new Case(draw, 1, 1);
      one.code[0] = law[0];
      one.code[1] = law[1];
      double s = Math.exp(law[1] / 2);
      double integral = 0;
      for (int i = -2000; i <= 2000; i++) {
        double n = 0.005 * i;
        double x = law[0] + s * n;
        double ratio = x * x / 2 - n * n / 2 - Math.log(s);
        integral += 0.005 * Math.exp(-n * n / 2) / Math.sqrt(2 * Math.PI) * ratio;
      }
      double kl = one.evaluate(Rounding.DOUBLE, null).get("kl")[0];
      assertThat(Math.abs(kl - integral)).isLessThan(1e-11);
    }
  }

  @Test
  void aCodeOfZerosIsThePriorItself() {
    Case zeros = new Case(draw, 31, 67);
    Arrays.fill(zeros.code, 0);
    Witness.all(witness -> {
      OnDevice on = new OnDevice(zeros, witness, NOISE);
      View normals = witness.output(31, 67);
      View at = witness.step(Step.at(FIRST));
      witness.stream().samplerStep(normals, null, 0, null, 0, null, 0, 1, NOISE, at, 0);
      assertThat(on.z.floats()).isEqualTo(normals.floats());
      assertThat(on.kl.floats()).containsOnly(0);
    });
  }

  @Test
  void logVariancesAreKeptWithinTheirLimits() {
    double[] levels = {-1e30, -35, -30, -29.5, 19.5, 20, 25, 1e30};
    Case batch = new Case(draw, levels.length, 33);
    for (int b = 0; b < levels.length; b++)
      Arrays.fill(batch.code, b * 66 + 33, b * 66 + 66, levels[b]);
    Expected expected = Expected.of(p -> batch.evaluate(p, NOISE));
    Witness.all(witness -> {
      OnDevice on = new OnDevice(batch, witness, NOISE);
      expected.admits("z", on.z, 33);
      expected.admits("kl", on.kl, 1);
      expected.admits("dcode", on.dcode, 33);
      for (int b = 0; b < levels.length; b++) {
        float[] slopes = Arrays.copyOfRange(on.dcode.floats(), b * 66 + 33, b * 66 + 66);
        if (levels[b] < -30 || levels[b] > 20) assertThat(slopes).containsOnly(0);
        else assertThat(slopes).doesNotContain(0);
      }
    });
  }

  @Test
  void sampleDoesNotDependOnItsBatch() {
    Case batch = new Case(draw, 31, 259);
    Witness.all(witness -> {
      OnDevice all = new OnDevice(batch, witness, NOISE);
      for (int b = 0; b < 31; b++) {
        View code = witness.input(Arrays.copyOfRange(batch.code, b * 518, b * 518 + 518), 1, 518);
        View z = witness.output(1, 259);
        View kl = witness.output(1);
        View at = witness.step(Step.at(FIRST + b));
        witness.stream().reparameteriseForward(z, kl, code, NOISE, at);
        assertThat(z.floats()).isEqualTo(all.z.rows(b, 1).floats());
        assertThat(kl.floats()).isEqualTo(all.kl.rows(b, 1).floats());
      }
    });
  }

  /** Without kl, a sum whose order is a device's own. More rows than a GPU has threads for. */
  @ParameterizedTest
  @CsvSource({"5, 259", "64, 256", "1100, 512"})
  void aGpuGivesTheBitsOfTheCpu(int rows, int latent) {
    Case batch = new Case(draw, rows, latent);
    Witness.alike(witness -> {
      View code = witness.input(batch.code, rows, 2L * latent);
      View z = witness.output(rows, latent);
      View dcode = witness.output(rows, 2L * latent);
      View dz = witness.input(batch.dz, rows, latent);
      View at = witness.step(Step.at(FIRST));
      witness.stream().reparameteriseForward(z, null, code, NOISE, at);
      witness.stream().reparameteriseBackward(dcode, dz, code, WEIGHT, NOISE, at);
    });
  }

  @Test
  void zIsTheSameWithoutTheDivergence() {
    Case batch = new Case(draw, 31, 31);
    Witness.all(witness -> {
      OnDevice on = new OnDevice(batch, witness, NOISE);
      View z = witness.output(31, 31);
      witness.stream().reparameteriseForward(z, null, on.code, NOISE, on.step);
      assertThat(z.floats()).isEqualTo(on.z.floats());
    });
  }

  @Test
  void nanStaysAtItsPlace() {
    Case batch = new Case(draw, 31, 20);
    batch.code[7 * 40 + 19] = Double.NaN; // a mean
    batch.code[9 * 40 + 20] = Double.NaN; // a log-variance
    Witness.all(witness -> {
      OnDevice on = new OnDevice(batch, witness, NOISE);
      for (int i = 0; i < 31 * 20; i++)
        assertThat(Float.isNaN(on.z.floats()[i]))
            .as("z[%d]", i)
            .isEqualTo(i == 7 * 20 + 19 || i == 9 * 20);
      for (int b = 0; b < 31; b++)
        assertThat(Float.isNaN(on.kl.floats()[b])).as("kl[%d]", b).isEqualTo(b == 7 || b == 9);
      for (int i = 0; i < 31 * 40; i++)
        assertThat(Float.isNaN(on.dcode.floats()[i]))
            .as("dcode[%d]", i)
            .isEqualTo(i == 7 * 40 + 19 || i == 9 * 40 + 20);
    });
  }

  @Test
  void wrongShapesAreNamed() {
    try (Witness witness = Witness.any()) {
      View z = witness.output(3, 4);
      View code = witness.output(3, 8);
      assertThatThrownBy(() -> witness.stream().reparameteriseForward(z, null, z, null, null))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("reparameterise_forward: code is F32[3, 4], not F32[3, 2, 4]");
      assertThatThrownBy(
              () -> witness.stream().reparameteriseBackward(code, z, code, 1, NOISE, null))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("reparameterise_backward: step is null, not U8[%d]", Step.BYTES);
    }
  }

  /** A batch of codes with its reference. */
  private static final class Case {
    final int rows;
    final int latent;
    final double[] code;
    final double[] dz;

    Case(Draw draw, int rows, int latent) {
      this.rows = rows;
      this.latent = latent;
      code = draw.normal(2L * rows * latent);
      double[] levels = draw.uniform((long) rows * latent, -4, 2);
      for (int b = 0; b < rows; b++)
        System.arraycopy(levels, b * latent, code, (2 * b + 1) * latent, latent);
      dz = draw.normal((long) rows * latent);
    }

    Map<String, double[]> evaluate(Rounding p, Noise noise) {
      double[] z = new double[rows * latent];
      double[] kl = new double[rows];
      double[] dcode = new double[2 * rows * latent];
      for (int b = 0; b < rows; b++) {
        double[] n =
            noise == null ? new double[latent] : Philox.normals(p, noise, FIRST + b, 0, latent);
        for (int j = 0; j < latent; j++) {
          int at = 2 * b * latent + j;
          double mean = code[at];
          double l = code[at + latent];
          double kept = Math.clamp(l, -30, 20);
          double s = p.r(Math.exp(p.r(kept / 2)));
          double excess = p.r(p.r(s * s) - 1);
          double d = dz[b * latent + j];
          z[b * latent + j] = p.r(p.r(s * n[j]) + mean);
          kl[b] = p.r(kl[b] + p.r(p.r(mean * mean) + p.r(excess - kept)));
          dcode[at] = p.r(d + p.r(WEIGHT * mean));
          double slope = p.r(p.r(p.r(d * s) * n[j]) + p.r(WEIGHT * excess));
          dcode[at + latent] = l == kept ? p.r(slope / 2) : 0;
        }
        kl[b] = p.r(kl[b] / 2);
      }
      return Map.of("z", z, "kl", kl, "dcode", dcode);
    }

    double loss(Noise noise) {
      Map<String, double[]> of = evaluate(Rounding.DOUBLE, noise);
      return Differences.dot(dz, of.get("z")) + WEIGHT * Arrays.stream(of.get("kl")).sum();
    }
  }

  /** A batch in the memory of a device, after both passes. */
  private static final class OnDevice {
    final View code;
    final View step;
    final View z;
    final View kl;
    final View dcode;

    OnDevice(Case batch, Witness witness, Noise noise) {
      int rows = batch.rows;
      int latent = batch.latent;
      code = witness.input(batch.code, rows, 2L * latent);
      step = noise == null ? null : witness.step(Step.at(FIRST));
      z = witness.output(rows, latent);
      kl = witness.output(rows);
      dcode = witness.output(rows, 2L * latent);
      View dz = witness.input(batch.dz, rows, latent);
      witness.stream().reparameteriseForward(z, kl, code, noise, step);
      witness.stream().reparameteriseBackward(dcode, dz, code, WEIGHT, noise, step);
    }
  }
}
