package dev.sild.bindings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DsmLossTest {
  private final Draw draw = new Draw("dsm loss");

  @ParameterizedTest
  @CsvSource({
    "1, 1, 1, F32",
    "1, 1, 31, U8",
    "31, 1, 1021, U8",
    "31, 3, 347, F32",
    "64, 1, 256, F32",
    "1021, 3, 31, U8",
    "33, 3, 20, U8",
    "33, 3, 5, F32"
  })
  void lossAndGradientAgreeAtEverySize(int rows, int parts, int width, DType type) {
    for (boolean indexed : new boolean[] {false, true})
      for (double sigmaData : new double[] {0, 0.5}) {
        Case dsm =
            new Case(draw, Bank.of(draw, type, rows, parts, width, indexed), rows, sigmaData);
        Expected expected = Expected.of(dsm::evaluate);
        Witness.all(witness -> {
          OnDevice on = new OnDevice(dsm, witness);
          expected.admits("error", on.error, 1);
          expected.admits("loss", on.loss, 1);
          expected.admits("dF", on.gradient, dsm.bank.dimension());
        });
      }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.5})
  void gradientIsTheDerivativeOfTheMeanLoss(double sigmaData) {
    Case dsm = new Case(draw, Bank.of(draw, DType.F32, 3, 1, 7, false), 3, sigmaData);
    double[] gradient = dsm.evaluate(Rounding.DOUBLE).get("dF");
    Differences.confirm("dF", gradient, dsm.f, dsm::meanLoss);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.5})
  void lossIsTheSameWithoutAGradient(double sigmaData) {
    Case dsm = new Case(draw, Bank.of(draw, DType.U8, 31, 3, 31, true), 31, sigmaData);
    Witness.all(witness -> {
      OnDevice on = new OnDevice(dsm, witness);
      View loss = witness.output(31);
      View error = witness.output(31);
      witness.stream().dsmLoss(null, loss, error, on.f, on.noisy, on.sigma, on.gather, sigmaData);
      assertThat(loss.floats()).isEqualTo(on.loss.floats());
      assertThat(error.floats()).isEqualTo(on.error.floats());
    });
  }

  @Test
  void whatPerturbGathersIsWhatTheLossSubtracts() {
    Bank bank = Bank.of(draw, DType.U8, 31, 3, 347, true);
    double[] sigma = draw.sigmas(31, 0.1, 10);
    Witness.all(witness -> {
      Gather gather = bank.on(witness);
      View clean = witness.output(31, 1041);
      View zero = witness.output(31);
      View step = witness.step(Step.at(0));
      Noise noise = new Noise(1, 2);
      witness.stream().perturb(clean, zero, gather, new SigmaLaw.Fixed(0), 0, noise, step);
      View loss = witness.output(31);
      View error = witness.output(31);
      View levels = witness.input(sigma, 31);
      witness.stream().dsmLoss(null, loss, error, clean, null, levels, gather, 0);
      assertThat(error.floats()).containsOnly(0f);
      assertThat(loss.floats()).containsOnly(0f);
    });
  }

  @Test
  void withoutPreconditioningTheNoisySampleIsNotLookedAt() {
    Case dsm = new Case(draw, Bank.of(draw, DType.U8, 31, 1, 31, true), 31, 0);
    Arrays.fill(dsm.noisy, Double.NaN);
    Expected expected = Expected.of(dsm::evaluate);
    Witness.all(witness -> {
      OnDevice on = new OnDevice(dsm, witness);
      expected.admits("error", on.error, 1);
      View none = witness.output(31);
      witness.stream().dsmLoss(null, none, on.error, on.f, null, on.sigma, on.gather, 0);
      assertThat(none.floats()).isEqualTo(on.loss.floats());
    });
  }

  @Test
  void nanStaysInItsRow() {
    Case dsm = new Case(draw, Bank.of(draw, DType.F32, 31, 1, 50, false), 31, 0.5);
    dsm.f[7 * 50 + 13] = Double.NaN;
    dsm.noisy[9 * 50] = Double.NaN;
    dsm.bank.raw()[11 * 50 + 49] = Double.NaN;
    dsm.sigma[13] = Double.NaN;
    Witness.all(witness -> {
      OnDevice on = new OnDevice(dsm, witness);
      for (int b = 0; b < 31; b++) {
        boolean bad = b == 7 || b == 9 || b == 11 || b == 13;
        assertThat(Float.isNaN(on.error.floats()[b])).as("error[%d]", b).isEqualTo(bad);
        assertThat(Float.isNaN(on.loss.floats()[b])).as("loss[%d]", b).isEqualTo(bad);
      }
      assertThat(on.gradient.floats()[7 * 50 + 13]).isNaN();
    });
  }

  @Test
  void wrongArgumentsAreNamed() {
    Case dsm = new Case(draw, Bank.of(draw, DType.F32, 4, 1, 6, false), 4, 0.5);
    try (Witness witness = Witness.any()) {
      OnDevice on = new OnDevice(dsm, witness);
      Stream stream = witness.stream();
      assertThatThrownBy(
              () -> stream.dsmLoss(null, on.loss, on.error, on.f, null, on.sigma, on.gather, 0.5))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("dsm_loss F32[4, 6]");
      assertThatThrownBy(
              () -> stream.dsmLoss(on.loss, on.loss, on.error, on.f, null, on.sigma, on.gather, 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("dsm_loss: dF is F32[4], not F32[4, 6]");
    }
  }

  /** A batch with its reference. */
  private static final class Case {
    final Bank bank;
    final int rows;
    final double sigmaData;
    final double[] f;
    final double[] noisy;
    final double[] sigma;

    /** F is large against x: a difference that nearly vanishes would have no digits. */
    Case(Draw draw, Bank bank, int rows, double sigmaData) {
      this.bank = bank;
      this.rows = rows;
      this.sigmaData = sigmaData;
      sigma = draw.sigmas(rows, 0.1, 10);
      noisy = draw.normal((long) rows * bank.dimension());
      f = draw.uniform((long) rows * bank.dimension(), 50, 100);
    }

    Map<String, double[]> evaluate(Rounding p) {
      int dimension = bank.dimension();
      double[] gradient = new double[rows * dimension];
      double[] error = new double[rows];
      double[] loss = new double[rows];
      for (int b = 0; b < rows; b++) {
        double s = sigma[b];
        double d2 = sigmaData * sigmaData;
        double total = p.r(p.r(s * s) + d2);
        double root = p.r(Math.sqrt(total));
        double skip = p.r(d2 / total);
        double out = sigmaData == 0 ? 1 : p.r(p.r(s * sigmaData) / root);
        double weight = p.r(1 / (sigmaData == 0 ? p.r(s * s) : p.r(out * out)));
        double[] x = bank.sample(p, b);
        for (int j = 0; j < dimension; j++) {
          int at = b * dimension + j;
          double denoised = p.r(out * f[at]);
          if (sigmaData != 0) denoised = p.r(denoised + p.r(skip * p.r(noisy[at] * root)));
          double difference = p.r(denoised - x[j]);
          error[b] = p.r(error[b] + p.r(difference * difference));
          double factor = p.r(p.r(p.r(2 * weight) * out) / ((double) rows * dimension));
          gradient[at] = p.r(factor * difference);
        }
        loss[b] = p.r(p.r(weight * error[b]) / dimension);
      }
      return Map.of("dF", gradient, "error", error, "loss", loss);
    }

    double meanLoss() {
      double sum = 0;
      for (double loss : evaluate(Rounding.DOUBLE).get("loss")) sum += loss;
      return sum / rows;
    }
  }

  /** A batch in the memory of a device, after the op. */
  private static final class OnDevice {
    final Gather gather;
    final View f;
    final View noisy;
    final View sigma;
    final View loss;
    final View error;
    final View gradient;

    OnDevice(Case dsm, Witness witness) {
      int dimension = dsm.bank.dimension();
      gather = dsm.bank.on(witness);
      f = witness.input(dsm.f, dsm.rows, dimension);
      noisy = witness.input(dsm.noisy, dsm.rows, dimension);
      sigma = witness.input(dsm.sigma, dsm.rows);
      loss = witness.output(dsm.rows);
      error = witness.output(dsm.rows);
      gradient = witness.output(dsm.rows, dimension);
      witness.stream().dsmLoss(gradient, loss, error, f, noisy, sigma, gather, dsm.sigmaData);
    }
  }
}
