package dev.sild.bindings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sild.bindings.cpu.CpuDevice;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MixtureDenoiserTest {
  private final Draw draw = new Draw("mixture");

  @ParameterizedTest
  @CsvSource({
    "1, 1, 1",
    "31, 31, 31",
    "1, 1021, 3",
    "1021, 31, 1",
    "31, 31, 1021",
    "65, 70, 33",
    "2, 2500, 17",
    "7, 1021, 64"
  })
  void posteriorMeanAndDensityAgreeAtEverySize(int rows, int components, int columns) {
    for (int kind = 0; kind < 4; kind++)
      confirm(
          MixtureReference.of(
              draw, rows, components, columns, (kind & 1) != 0, (kind & 2) != 0, 0.5));
  }

  @ParameterizedTest
  @CsvSource({"31, 70, 64", "5, 31, 784"})
  void aSmallNoiseLevelCostsNoMoreThanInPlainArithmetic(int rows, int components, int columns) {
    confirm(MixtureReference.of(draw, rows, components, columns, false, false, 0.01));
    confirm(MixtureReference.of(draw, rows, components, columns, true, true, 0.01));
  }

  /**
   * Rows and centres 10⁴ times further from the origin than from each other, at every precision.
   */
  @ParameterizedTest
  @CsvSource({"31, 500, 100, 0.01", "7, 400, 200, 0.1"})
  void manyComponentsFarFromTheOriginCostNoMoreThanInPlainArithmetic(
      int rows, int components, int columns, double level) {
    MixtureReference clusters =
        MixtureReference.of(draw, rows, components, columns, true, false, level);
    for (double[] points : new double[][] {clusters.x(), clusters.centres()})
      for (int i = 0; i < points.length; i++) points[i] = (float) (points[i] + 1e4 * level);
    Expected expected = clusters.expected();
    for (Precision precision : Witness.CPU_PRECISIONS)
      Witness.cpu(precision, witness -> admit(expected, witness, clusters));
    Witness.cuda(witness -> admit(expected, witness, clusters));
  }

  @Test
  void thousandsOfComponentsInFourThousandDimensions() {
    MixtureReference many = MixtureReference.of(draw, 2, 2100, 4096, true, true, 0.3);
    Expected expected = many.expected();
    Witness.cpu(Precision.F32, witness -> admit(expected, witness, many));
    MixtureReference fewer = MixtureReference.of(draw, 1, 31, 4096, true, true, 0.3);
    Expected alike = fewer.expected();
    Witness.cuda(witness -> admit(alike, witness, fewer));
  }

  /**
   * Where there are products of bf16 they tell which distances are worth computing; without them
   * all are. From rows with one component to rows with all, in one batch.
   */
  @ParameterizedTest
  @CsvSource({"false, false", "true, true"})
  void whatIsNotComputedWouldHaveMovedNoBit(boolean weights, boolean variances) {
    int rows = 301;
    MixtureReference near = MixtureReference.of(draw, rows, 1021, 100, weights, variances, 0.3);
    double[] sigma = draw.sigmas(rows, 0.01, 30);
    double[] noise = draw.normal((long) rows * 100);
    for (int i = 0; i < noise.length; i++)
      near.x()[i] = (float) (near.x()[i] + sigma[i / 100] * noise[i]);
    MixtureReference mixture =
        new MixtureReference(
            rows,
            near.components(),
            near.columns(),
            near.x(),
            near.centres(),
            near.logWeights(),
            near.variances(),
            sigma);
    float[] expected = null;
    for (String variant : CpuDevice.variants()) {
      if (!variant.startsWith("avx512") && !variant.equals("amx")) continue;
      try (Witness witness = new Witness(variant, 2)) {
        float[] denoised = evaluate(witness, mixture, null).floats();
        if (expected != null) assertThat(denoised).as(variant).isEqualTo(expected);
        expected = denoised;
        for (int b : new int[] {0, 150, 300}) {
          View one = evaluate(witness, row(mixture, b), null);
          assertThat(one.floats())
              .as("%s, row %d", variant, b)
              .isEqualTo(Arrays.copyOfRange(denoised, 100 * b, 100 * b + 100));
        }
        witness.verify();
      }
    }
  }

  /**
   * A row, the same point among the centres, and before it another, 1.2 nats less probable. The
   * point's coordinates are rounded down to 1 in bf16 and the other's up: to products of bf16 the
   * same point lies at a squared distance of 1.53, 770 000 nats away. The mean of the centres that
   * are looked at is 0.
   */
  @Test
  void roundingThatAllGoesOneWayHidesNoComponent() {
    int columns = 100;
    double[] x = new double[columns];
    double[] other = new double[columns];
    Arrays.fill(x, (float) (1 + 0.98 * 0x1p-8));
    Arrays.fill(other, (float) (1 + 1.02 * 0x1p-8));
    int components = 600;
    int rows = 30;
    double[] centres = new double[components * columns];
    System.arraycopy(other, 0, centres, columns, columns);
    System.arraycopy(x, 0, centres, 301 * columns, columns);
    double[] points = new double[rows * columns];
    for (int b = 0; b < rows; b++) System.arraycopy(x, 0, points, b * columns, columns);
    double[] sigma = new double[rows];
    Arrays.fill(sigma, (float) 1e-3);
    confirm(new MixtureReference(rows, components, columns, points, centres, null, null, sigma));
  }

  /** 76 000 nats from both, and as far from one as from the other. */
  @Test
  void farAwayWhereEveryWeightUnderflowsTheNearestStillCount() {
    double[] x = {40, 0};
    double[] centres = {1, 0.5, 1, -0.5, 0, 0};
    double[] sigma = {(float) 0.1};
    MixtureReference far = new MixtureReference(1, 3, 2, x, centres, null, null, sigma);
    confirm(far);
    Witness.all(witness -> {
      View denoised = evaluate(witness, far, null);
      assertThat(denoised.floats()).containsExactly(1, 0);
    });
  }

  @Test
  void aPointOfTheDataIsItsOwnMeanWithoutNoise() {
    double[] data = draw.normal(31 * 17);
    double[] sigma = new double[31];
    Arrays.fill(sigma, 1e-3);
    MixtureReference own = new MixtureReference(31, 31, 17, data, data, null, null, sigma);
    Witness.all(witness -> {
      float[] denoised = evaluate(witness, own, null).floats();
      for (int i = 0; i < denoised.length; i++) assertThat(denoised[i]).isEqualTo((float) data[i]);
    });
  }

  @Test
  void aRowDoesNotDependOnItsBatch() {
    MixtureReference all = MixtureReference.of(draw, 70, 200, 31, true, true, 0.5);
    Witness.all(witness -> {
      View denoised = evaluate(witness, all, null);
      for (int b : new int[] {0, 33, 64, 69}) {
        View one = evaluate(witness, row(all, b), null);
        assertThat(one.floats()).isEqualTo(denoised.rows(b, 1).floats());
      }
    });
  }

  @ParameterizedTest
  @CsvSource({"31, 70, 17", "31, 500, 65"})
  void aNanInARowShowsInThatRowAndOneInACentreEverywhere(int rows, int components, int columns) {
    MixtureReference mixture =
        MixtureReference.of(draw, rows, components, columns, true, true, 0.5);
    mixture.x()[5 * columns + 3] = Double.NaN;
    Witness.all(witness -> {
      View density = witness.output(rows);
      float[] denoised = evaluate(witness, mixture, density).floats();
      for (int i = 0; i < denoised.length; i++)
        assertThat(Float.isNaN(denoised[i])).as("%d", i).isEqualTo(i / columns == 5);
      for (int b = 0; b < rows; b++) assertThat(Float.isNaN(density.floats()[b])).isEqualTo(b == 5);
    });
    mixture.x()[5 * columns + 3] = 0;
    mixture.centres()[(components - 1) * columns + columns - 1] = Double.NaN;
    Witness.all(witness -> {
      for (float value : evaluate(witness, mixture, null).floats()) assertThat(value).isNaN();
    });
  }

  /** ‖x − μ‖² reaches 3.4·10³⁸ at a distance of 1.8·10¹⁹. */
  @ParameterizedTest
  @CsvSource({"1, 2, 2", "31, 500, 65"})
  void onAProcessorADistanceThatOverflowsShows(int rows, int components, int columns) {
    MixtureReference mixture =
        MixtureReference.of(draw, rows, components, columns, false, false, 0.5);
    mixture.x()[0] = 1e18;
    expectNan(mixture, false);
    mixture.x()[0] = 2e19;
    expectNan(mixture, true);
  }

  private static void expectNan(MixtureReference mixture, boolean first) {
    Witness.cpu(
        Precision.F32_STRICT,
        witness -> {
          float[] denoised = evaluate(witness, mixture, null).floats();
          for (int i = 0; i < denoised.length; i++)
            assertThat(Float.isNaN(denoised[i])).isEqualTo(first && i < mixture.columns());
        });
  }

  @Test
  void wrongShapesAreNamed() {
    try (Witness witness = Witness.any()) {
      View x = witness.output(3, 4);
      View other = witness.output(3, 4);
      View centres = witness.output(5, 4);
      View sigma = witness.output(3);
      Stream stream = witness.stream();
      assertThatThrownBy(() -> stream.mixtureDenoiser(other, null, x, sigma, null, null, sigma))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("mixture_denoiser: centres is F32[3], not F32[3, 4]");
      assertThatThrownBy(() -> stream.mixtureDenoiser(other, null, x, centres, sigma, null, sigma))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("mixture_denoiser: logWeights is F32[3], not F32[5]");
      assertThatThrownBy(() -> stream.mixtureDenoiser(x, null, x, centres, null, null, sigma))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("mixture_denoiser: denoised is x");
    }
  }

  private static void confirm(MixtureReference mixture) {
    Expected expected = mixture.expected();
    Witness.all(witness -> admit(expected, witness, mixture));
  }

  private static void admit(Expected expected, Witness witness, MixtureReference mixture) {
    View density = witness.output(mixture.rows());
    expected.admits("denoised", evaluate(witness, mixture, density), mixture.columns());
    expected.admits("density", density);
  }

  /** The same mixture at one of the rows. */
  private static MixtureReference row(MixtureReference of, int b) {
    return new MixtureReference(
        1,
        of.components(),
        of.columns(),
        Arrays.copyOfRange(of.x(), of.columns() * b, of.columns() * (b + 1)),
        of.centres(),
        of.logWeights(),
        of.variances(),
        new double[] {of.sigma()[b]});
  }

  private static View evaluate(Witness witness, MixtureReference mixture, View density) {
    int rows = mixture.rows();
    int components = mixture.components();
    int columns = mixture.columns();
    View denoised = witness.output(rows, columns);
    witness.stream()
        .mixtureDenoiser(
            denoised,
            density,
            witness.input(mixture.x(), rows, columns),
            witness.input(mixture.centres(), components, columns),
            witness.input(mixture.logWeights(), components),
            witness.input(mixture.variances(), components),
            witness.input(mixture.sigma(), rows));
    return denoised;
  }
}
