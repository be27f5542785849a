package dev.sild.bindings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
    "2, 2500, 17"
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
        double[] x = Arrays.copyOfRange(all.x(), 31 * b, 31 * b + 31);
        double[] sigma = {all.sigma()[b]};
        View one =
            evaluate(
                witness,
                new MixtureReference(
                    1, 200, 31, x, all.centres(), all.logWeights(), all.variances(), sigma),
                null);
        assertThat(one.floats()).isEqualTo(denoised.rows(b, 1).floats());
      }
    });
  }

  @Test
  void aNanInARowShowsInThatRowAndOneInACentreEverywhere() {
    MixtureReference mixture = MixtureReference.of(draw, 31, 70, 17, true, true, 0.5);
    mixture.x()[5 * 17 + 3] = Double.NaN;
    Witness.all(witness -> {
      View density = witness.output(31);
      float[] denoised = evaluate(witness, mixture, density).floats();
      for (int i = 0; i < denoised.length; i++)
        assertThat(Float.isNaN(denoised[i])).as("%d", i).isEqualTo(i / 17 == 5);
      for (int b = 0; b < 31; b++) assertThat(Float.isNaN(density.floats()[b])).isEqualTo(b == 5);
    });
    mixture.x()[5 * 17 + 3] = 0;
    mixture.centres()[69 * 17 + 16] = Double.NaN;
    Witness.all(witness -> {
      for (float value : evaluate(witness, mixture, null).floats()) assertThat(value).isNaN();
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
    Witness.all(witness -> {
      View density = witness.output(mixture.rows());
      expected.admits("denoised", evaluate(witness, mixture, density), mixture.columns());
      expected.admits("density", density);
    });
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
