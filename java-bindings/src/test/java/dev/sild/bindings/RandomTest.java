package dev.sild.bindings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sild.bindings.cpu.CpuDevice;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The generator, seen through the ops that draw: sampler_step with s = 1 alone is z itself. */
class RandomTest {
  private static final Noise NOISE = new Noise(0xA4093822, 0x299F31D0);
  private static final int PI_LOW = 0x85A308D3;
  private static final int PI_STEP = 0x13198A2E;
  private static final long PI_SAMPLE = 0x03707344L << 32 | PI_LOW & 0xFFFFFFFFL;

  /** kat_vectors of Random123, philox4x32-10. */
  @Test
  void theReferenceGivesTheKnownAnswers() {
    assertThat(Philox.words(new int[] {0, 0, 0, 0}, 0, 0))
        .containsExactly(0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8);
    assertThat(Philox.words(new int[] {-1, -1, -1, -1}, -1, -1))
        .containsExactly(0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD);
    int[] pi = {0x243F6A88, PI_LOW, PI_STEP, 0x03707344};
    assertThat(Philox.words(pi, NOISE.seed(), NOISE.purpose()))
        .containsExactly(0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1);
  }

  @Test
  void theKnownAnswerAtZeroComesOutOfTheOp() {
    int bank = Integer.MAX_VALUE;
    Witness.all(witness -> {
      View index = witness.output(DType.I32, 1);
      View step = witness.step(Step.at(0));
      witness.stream().drawIndices(index, bank, new Noise(0, 0), step);
      assertThat(index.ints()).containsExactly((int) (0x6627E8D5L * bank >>> 32));
    });
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "31, 31", "7, 1021", "1021, 3", "16, 256"})
  void normalsAgreeAtEverySize(int rows, int columns) {
    Expected expected =
        Expected.of(p -> {
          double[] z = new double[rows * columns];
          for (int b = 0; b < rows; b++) {
            double[] row = Philox.normals(p, NOISE, PI_SAMPLE + b, PI_STEP, columns);
            System.arraycopy(row, 0, z, b * columns, columns);
          }
          return Map.of("z", z);
        });
    Witness.all(witness ->
        expected.admits("z", normals(witness, rows, columns, NOISE, PI_SAMPLE, PI_STEP), 1));
  }

  @Test
  void normalsAreTheSameBitsOnEveryInstructionSet() {
    float[] expected = null;
    for (String variant : CpuDevice.variants())
      try (Witness witness = new Witness(variant, 2)) {
        float[] z = normals(witness, 32, 4096, NOISE, PI_SAMPLE, PI_STEP).floats();
        if (expected == null) expected = z;
        for (int i = 0; i < z.length; i++)
          assertThat(Float.floatToRawIntBits(z[i]))
              .as("%s, normal %d", variant, i)
              .isEqualTo(Float.floatToRawIntBits(expected[i]));
      }
  }

  @Test
  void normalsAreStandardNormal() {
    int n = 64 * 4096;
    try (Witness witness = Witness.any()) {
      float[] z = normals(witness, 64, 4096, new Noise(20261122, 1), 0, 0).floats();
      double[] moment = new double[5];
      for (float v : z) {
        assertThat(Math.abs(v)).isLessThan(6.77f);
        for (int k = 1; k <= 4; k++) moment[k] += Math.pow(v, k) / n;
      }
      double error = 5 / Math.sqrt(n); // five standard errors, whose variances are 1, 2, 15 and 96
      assertThat(Math.abs(moment[1])).isLessThan(error);
      assertThat(Math.abs(moment[2] - 1)).isLessThan(error * Math.sqrt(2));
      assertThat(Math.abs(moment[3])).isLessThan(error * Math.sqrt(15));
      assertThat(Math.abs(moment[4] - 3)).isLessThan(error * Math.sqrt(96));
    }
  }

  @Test
  void neighboursAreUncorrelated() {
    int n = 64 * 4096;
    try (Witness witness = Witness.any()) {
      float[] z = normals(witness, 64, 4096, NOISE, 0, 0).floats();
      float[] next = normals(witness, 64, 4096, NOISE, 0, 1).floats();
      // the pair, the block, and the next sample
      for (int lag : new int[] {1, 2, 3, 4, 4096})
        assertThat(Math.abs(correlation(z, z, lag))).isLessThan(5 / Math.sqrt(n - lag));
      assertThat(Math.abs(correlation(z, next, 0))).isLessThan(5 / Math.sqrt(n));
    }
  }

  @Test
  void perturbAddsTheNormalsOfStepZero() {
    Bank zeros =
        new Bank(DType.U8, new double[31 * 31], 31, 1, null, new double[31], new double[31]);
    Witness.all(witness -> {
      View noisy = witness.output(31, 31);
      View sigma = witness.output(31);
      View step = witness.step(Step.at(PI_SAMPLE));
      witness.stream()
          .perturb(noisy, sigma, zeros.on(witness), new SigmaLaw.Fixed(1), 0, NOISE, step);
      View z = normals(witness, 31, 31, NOISE, PI_SAMPLE, 0);
      assertThat(noisy.floats()).isEqualTo(z.floats());
    });
  }

  private static View normals(
      Witness witness, int rows, int columns, Noise noise, long first, int step) {
    View z = witness.output(rows, columns);
    View at = witness.step(Step.at(first));
    witness.stream().samplerStep(z, null, 0, null, 0, null, 0, 1, noise, at, step);
    return z;
  }

  private static double correlation(float[] a, float[] b, int lag) {
    double sum = 0;
    for (int i = lag; i < a.length; i++) sum += (double) a[i - lag] * b[i];
    return sum / (a.length - lag);
  }
}
