package dev.sild.bindings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sild.bindings.SigmaLaw.Fixed;
import dev.sild.bindings.SigmaLaw.LogNormal;
import dev.sild.bindings.SigmaLaw.LogUniform;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PerturbTest {
  private static final Noise NOISE = new Noise(20261122, 3);
  private static final SigmaLaw COLLAPSE = new LogUniform(0.01, 50);

  private final Draw draw = new Draw("perturb");

  @ParameterizedTest
  @CsvSource({
    "1, 1, 31, F32",
    "31, 1, 1021, U8",
    "31, 3, 347, F32",
    "64, 1, 256, U8",
    "33, 3, 31, U8",
    "33, 3, 20, U8",
    "33, 3, 20, F32",
    "1021, 3, 5, U8",
    "1021, 1, 31, F32",
    "31, 3, 1, F32"
  })
  void noisySamplesAgreeAtEverySize(int rows, int parts, int width, DType type) {
    for (boolean indexed : new boolean[] {false, true}) {
      Bank bank = Bank.of(draw, type, rows, parts, width, indexed);
      confirm(bank, rows, COLLAPSE, 0, 1000);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.5})
  void everyLawAgreesWithAndWithoutPreconditioning(double sigmaData) {
    Bank bank = Bank.of(draw, DType.U8, 31, 3, 31, true);
    confirm(bank, 31, new Fixed(0), sigmaData, 0);
    confirm(bank, 31, new Fixed(0.7), sigmaData, 0);
    confirm(bank, 31, new LogUniform(0.002, 80), sigmaData, 12345);
    confirm(bank, 31, new LogUniform(2, 2), sigmaData, 12345);
    confirm(bank, 31, new LogNormal(-1.2, 1.2), sigmaData, 1L << 40);
  }

  @Test
  void atSigmaZeroTheSamplesAreClean() {
    Bank bank = Bank.of(draw, DType.F32, 31, 3, 31, false);
    float[] clean = new float[31 * 93];
    for (int i = 0; i < clean.length; i++) {
      float raw = (float) bank.raw()[i];
      clean[i] = Math.fma(raw, (float) bank.scale()[i % 93], (float) bank.shift()[i % 93]);
    }
    Witness.all(witness -> {
      Drawn drawn = perturb(witness, bank, 31, new Fixed(0), 0, NOISE, 5);
      assertThat(drawn.noisy.floats()).isEqualTo(clean);
      assertThat(drawn.sigma.floats()).containsOnly(0f);
    });
  }

  /** More rows than a GPU has threads for: each takes several. */
  @ParameterizedTest
  @CsvSource({"31, 3, 347, F32", "33, 3, 20, F32", "64, 1, 256, U8", "1100, 1, 512, U8"})
  void aGpuGivesTheBitsOfTheCpu(int rows, int parts, int width, DType type) {
    Bank bank = Bank.of(draw, type, rows, parts, width, true);
    Witness.alike(witness -> {
      perturb(witness, bank, rows, COLLAPSE, 0, NOISE, (1L << 32) - 3);
      if (rows < 100) perturb(witness, bank, rows, new LogNormal(-1.2, 1.2), 0.5, NOISE, 7);
    });
  }

  @Test
  void sampleDoesNotDependOnItsBatch() {
    Bank bank = Bank.of(draw, DType.U8, 31, 1, 50, false);
    Witness.all(witness -> {
      Drawn all = perturb(witness, bank, 31, COLLAPSE, 0.5, NOISE, 100);
      for (int b = 0; b < 31; b += 5) {
        double[] row = Arrays.copyOfRange(bank.raw(), b * 50, b * 50 + 50);
        Bank one = new Bank(DType.U8, row, 50, 1, null, bank.scale(), bank.shift());
        Drawn alone = perturb(witness, one, 1, COLLAPSE, 0.5, NOISE, 100 + b);
        assertThat(alone.noisy.floats()).isEqualTo(all.noisy.rows(b, 1).floats());
        assertThat(alone.sigma.floats()).isEqualTo(all.sigma.rows(b, 1).floats());
      }
    });
  }

  @Test
  void anotherAddressGivesOtherNumbers() {
    Bank bank = Bank.of(draw, DType.F32, 1, 1, 31, false);
    Noise otherSeed = new Noise(NOISE.seed() + 1, NOISE.purpose());
    Noise otherPurpose = new Noise(NOISE.seed(), NOISE.purpose() + 1);
    Witness.all(witness -> {
      float[] here = perturb(witness, bank, 1, COLLAPSE, 0, NOISE, 7).noisy.floats();
      assertThat(perturb(witness, bank, 1, COLLAPSE, 0, NOISE, 7).noisy.floats()).isEqualTo(here);
      for (Drawn other :
          new Drawn[] {
            perturb(witness, bank, 1, COLLAPSE, 0, otherSeed, 7),
            perturb(witness, bank, 1, COLLAPSE, 0, otherPurpose, 7),
            perturb(witness, bank, 1, COLLAPSE, 0, NOISE, 8),
            perturb(witness, bank, 1, COLLAPSE, 0, NOISE, 7 + (1L << 32))
          }) assertThat(other.noisy.floats()).isNotEqualTo(here);
    });
  }

  @Test
  void logUniformSigmaFillsItsInterval() {
    double[] u = logSigmas(new LogUniform(0.01, 50));
    double low = Math.log(0.01);
    double width = Math.log(50) - low;
    for (double x : u) assertThat((x - low) / width).isBetween(-1e-6, 1 + 1e-6);
    confirmMoments(u, low + width / 2, width / Math.sqrt(12), 1.8);
  }

  @Test
  void logNormalSigmaHasItsMoments() {
    confirmMoments(logSigmas(new LogNormal(-1.2, 1.2)), -1.2, 1.2, 3);
  }

  @Test
  void nanInTheDataStaysInItsSample() {
    Bank bank = Bank.of(draw, DType.F32, 31, 1, 50, false);
    bank.raw()[7 * 50 + 3] = Double.NaN;
    Witness.all(witness -> {
      float[] noisy = perturb(witness, bank, 31, COLLAPSE, 0.5, NOISE, 0).noisy.floats();
      for (int i = 0; i < noisy.length; i++)
        assertThat(Float.isNaN(noisy[i])).as("noisy[%d]", i).isEqualTo(i == 7 * 50 + 3);
    });
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "31, 3, 60000", "1021, 1, 2147483647"})
  void indicesAgreeAndStayInTheBank(int rows, int parts, int bank) {
    int[] expected = new int[rows * parts];
    for (int i = 0; i < expected.length; i++)
      expected[i] = Philox.index(NOISE, (1L << 33) + i / parts, i % parts, bank);
    Witness.all(witness -> {
      View index = witness.output(DType.I32, rows, parts);
      View step = witness.step(Step.at(1L << 33));
      witness.stream().drawIndices(index, bank, NOISE, step);
      assertThat(index.ints()).isEqualTo(expected);
      for (int i : index.ints()) assertThat(i).isBetween(0, bank - 1);
    });
  }

  @Test
  void indicesAreUniform() {
    int n = 20000;
    int[] count = new int[10];
    try (Witness witness = Witness.any()) {
      View index = witness.output(DType.I32, n);
      witness.stream().drawIndices(index, 10, NOISE, witness.step(Step.at(0)));
      for (int i : index.ints()) count[i]++;
    }
    double chiSquare = 0;
    for (int c : count) chiSquare += (c - n / 10.0) * (c - n / 10.0) / (n / 10.0);
    assertThat(chiSquare).isLessThan(33.7); // 9 degrees of freedom: exceeded once in 10,000 seeds
  }

  @Test
  void wrongArgumentsAreNamed() {
    Bank bank = Bank.of(draw, DType.F32, 4, 1, 6, false);
    try (Witness witness = Witness.any()) {
      Stream stream = witness.stream();
      Gather gather = bank.on(witness);
      View sigma = witness.output(4);
      View step = witness.step(Step.at(0));
      assertThatThrownBy(
              () -> stream.perturb(witness.output(4, 5), sigma, gather, COLLAPSE, 0, NOISE, step))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("perturb: noisy is F32[4, 5], not F32[4, 6]");
      assertThatThrownBy(() ->
              stream.perturb(
                  witness.output(5, 6), witness.output(5), gather, COLLAPSE, 0, NOISE, step))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("perturb: 5 samples from F32[4, 6]");
      assertThatThrownBy(() -> stream.drawIndices(sigma, 9, NOISE, step))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("draw_indices: index is F32[4]");
      assertThatThrownBy(
              () -> stream.drawIndices(witness.output(DType.I32, 4), 1L << 31, NOISE, step))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("draw_indices I32[4]");
    }
  }

  private record Drawn(View noisy, View sigma) {}

  private static Drawn perturb(
      Witness witness,
      Bank bank,
      int rows,
      SigmaLaw law,
      double sigmaData,
      Noise noise,
      long first) {
    View noisy = witness.output(rows, bank.dimension());
    View sigma = witness.output(rows);
    View step = witness.step(Step.at(first));
    witness.stream().perturb(noisy, sigma, bank.on(witness), law, sigmaData, noise, step);
    return new Drawn(noisy, sigma);
  }

  private static void confirm(Bank bank, int rows, SigmaLaw law, double sigmaData, long first) {
    Expected expected = Expected.of(p -> reference(p, bank, rows, law, sigmaData, first));
    Witness.all(witness -> {
      Drawn drawn = perturb(witness, bank, rows, law, sigmaData, NOISE, first);
      expected.admits("sigma", drawn.sigma, 1);
      expected.admits("noisy", drawn.noisy, bank.dimension());
    });
  }

  private static Map<String, double[]> reference(
      Rounding p, Bank bank, int rows, SigmaLaw law, double sigmaData, long first) {
    int dimension = bank.dimension();
    double[] noisy = new double[rows * dimension];
    double[] sigma = new double[rows];
    for (int b = 0; b < rows; b++) {
      double s = sigma[b] = Philox.sigma(p, law, NOISE, first + b);
      double total = p.r(p.r(s * s) + sigmaData * sigmaData);
      double in = sigmaData == 0 ? 1 : p.r(1 / p.r(Math.sqrt(total)));
      double[] x = bank.sample(p, b);
      double[] n = Philox.normals(p, NOISE, first + b, 0, dimension);
      for (int j = 0; j < dimension; j++)
        noisy[b * dimension + j] = p.r(in * p.r(x[j] + p.r(s * n[j])));
    }
    return Map.of("noisy", noisy, "sigma", sigma);
  }

  private double[] logSigmas(SigmaLaw law) {
    int n = 20000;
    try (Witness witness = Witness.any()) {
      float[] sigma =
          perturb(witness, Bank.of(draw, DType.U8, n, 1, 1, true), n, law, 0, NOISE, 0)
              .sigma
              .floats();
      double[] logarithms = new double[n];
      for (int i = 0; i < n; i++) logarithms[i] = Math.log(sigma[i]);
      return logarithms;
    }
  }

  /** Mean and deviation within five standard errors. */
  private static void confirmMoments(double[] x, double mean, double deviation, double kurtosis) {
    double first = 0;
    double second = 0;
    for (double v : x) {
      first += (v - mean) / x.length;
      second += (v - mean) * (v - mean) / x.length;
    }
    double error = 5 / Math.sqrt(x.length);
    assertThat(Math.abs(first / deviation)).isLessThan(error);
    assertThat(Math.abs(second / (deviation * deviation) - 1))
        .isLessThan(error * Math.sqrt(kurtosis - 1));
  }
}
