package dev.sild.evaluation.molecule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sild.data.molecule.Smiles;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Descriptors against textbooks; what is made of them. */
class DescriptorsTest {

  @Test
  void aspirinIsDescribed() {
    Descriptors set = Descriptors.of(List.of("CC(=O)Oc1ccccc1C(=O)O", "C[N+](C)(C)CC(=O)[O-]"));
    assertThat(value(set, 0, Descriptor.WEIGHT)).isCloseTo(180.16, within(0.01));
    assertThat(value(set, 0, Descriptor.POLAR_SURFACE)).isCloseTo(63.60, within(0.01)); // Ertl
    assertThat(value(set, 0, Descriptor.LOG_P)).isCloseTo(1.2, within(0.7)); // measured 1.19
    assertThat(value(set, 0, Descriptor.DONORS)).isEqualTo(1);
    assertThat(value(set, 0, Descriptor.ACCEPTORS)).isBetween(3.0, 4.0);
    assertThat(value(set, 0, Descriptor.ROTATABLE_BONDS)).isBetween(2.0, 3.0);
    assertThat(value(set, 0, Descriptor.RINGS)).isEqualTo(1);
    assertThat(value(set, 0, Descriptor.AROMATIC_ATOMS)).isEqualTo(6);
    assertThat(value(set, 0, Descriptor.SATURATED_CARBONS)).isCloseTo(1 / 9.0, within(1e-7));
    assertThat(value(set, 0, Descriptor.HEAVY_ATOMS)).isEqualTo(13);
    assertThat(value(set, 0, Descriptor.HETEROATOMS)).isEqualTo(4);
    assertThat(value(set, 0, Descriptor.OXYGEN)).isEqualTo(4);
    assertThat(value(set, 0, Descriptor.NITROGEN)).isZero();
    assertThat(value(set, 0, Descriptor.MULTIPLE_BONDS)).isEqualTo(5);
    assertThat(value(set, 1, Descriptor.CHARGED_ATOMS)).isEqualTo(2);
    assertThat(value(set, 1, Descriptor.SATURATED_CARBONS)).isCloseTo(0.8, within(1e-7));
  }

  @Test
  void theDistanceIsOfStandardisedDescriptors() {
    List<String> alkanes = new ArrayList<>();
    List<String> alcohols = new ArrayList<>();
    for (int n = 1; n <= 40; n++) {
      alkanes.add("C".repeat(n));
      alcohols.add("C".repeat(n) + "O");
    }
    Descriptors a = Descriptors.of(alkanes);
    assertThat(a.frechet(a)).isCloseTo(0, within(1e-6));
    // the same molecules with one more CH2: weight, heavy atoms and their like move together
    Descriptors longer = Descriptors.of(alkanes.stream().map(s -> s + "C").toList());
    assertThat(longer.frechet(a)).isBetween(1e-3, 0.5);
    assertThat(Descriptors.of(alcohols).frechet(a)).isGreaterThan(1);
    assertThat(a.frechet(Descriptors.of(List.of("C")))).isNaN();
  }

  /** CDK's descriptors may write into the molecule that they see. */
  @Test
  void descriptorsDoNotDisturbOneAnother() {
    List<String> set =
        List.of("O=C1C=CNC=C1", "CC(C)NCC(O)COc1cccc2ccccc12", "C[N+](C)(C)CC(=O)[O-]", "C1OC1CS");
    Descriptors all = Descriptors.of(set);
    for (int i = 0; i < set.size(); i++)
      for (Descriptor descriptor : Descriptor.values())
        assertThat(value(all, i, descriptor))
            .isEqualTo((float) descriptor.of(Smiles.parse(set.get(i))));
  }

  @Test
  void cagesThatDefeatCdkAreLeftOut() {
    String cage =
        "O1CCOCCOCCN(CCOCCOCC1)C2c3ccc4cc5c6c7c4c3c8c7c9c%10c%11c(ccc%12cc(c6c9c%12%11)C5)cc%13cc2"
            + "c8c%13%10";
    Descriptors set = Descriptors.of(List.of("CCO", cage, "CCN"));
    assertThat(set.size()).isEqualTo(2);
    assertThat(set.leftOut()).isEqualTo(1);
    assertThat(set.values(Descriptor.NITROGEN)).containsExactly(0, 1);
  }

  @Test
  void whatIsNoMoleculeIsRefused() {
    assertThatThrownBy(() -> Descriptors.of(List.of("C", "c1cccc1")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void histogramsShareTheirBins() {
    Histograms both = Histograms.of(new double[] {0, 1, 1, 4}, new double[] {2, 3}, 4);
    assertThat(both.edges()).containsExactly(0, 1, 2, 3, 4);
    assertThat(both.data()).containsExactly(0.25, 0.5, 0, 0.25);
    assertThat(both.samples()).containsExactly(0, 0, 0.5, 0.5);
    assertThat(Histograms.of(new double[] {7}, new double[] {7, 7}, 2).samples())
        .containsExactly(1, 0);
    assertThatThrownBy(() -> Histograms.of(new double[] {Double.NaN}, new double[] {1}, 2))
        .hasMessage("not finite");
  }

  @Test
  void wholeNumbersLieInTheMiddleOfTheirBins() {
    double[] data = {2, 3, 3, 6};
    double[] samples = {4, 4};
    Histograms each = Histograms.ofWhole(data, samples, 30);
    assertThat(each.edges()).containsExactly(1.5, 2.5, 3.5, 4.5, 5.5, 6.5);
    assertThat(each.data()).containsExactly(0.25, 0.5, 0, 0, 0.25);
    Histograms pairs = Histograms.ofWhole(data, samples, 3);
    assertThat(pairs.edges()).containsExactly(1.5, 3.5, 5.5, 7.5);
    assertThat(pairs.data()).containsExactly(0.75, 0, 0.25);
    assertThat(pairs.samples()).containsExactly(0, 1, 0);
  }

  private static double value(Descriptors set, int molecule, Descriptor descriptor) {
    return set.values(descriptor)[molecule];
  }
}
