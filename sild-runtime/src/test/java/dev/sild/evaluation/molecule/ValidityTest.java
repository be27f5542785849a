package dev.sild.evaluation.molecule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Shares of valid, distinct and new molecules. */
class ValidityTest {

  @Test
  void sharesOfTenStringsByHand() {
    List<String> generated =
        List.of("CCO", "OCC", "c1ccccc1", "C1=CC=CC=C1", "CN", "c1cccc1", "", "FC=F", "CO", "CO");
    Validity validity =
        Validity.of(generated, Set.of("Oc1ccccc1", dev.sild.data.molecule.Smiles.canonical("CN")));
    assertThat(validity.validity()).isEqualTo(0.7);
    assertThat(validity.validUnique()).isEqualTo(0.4); // ethanol, benzene, methylamine, methanol
    assertThat(validity.validUniqueNovel()).isEqualTo(0.3);
    assertThat(validity.novelty()).isEqualTo(0.75);
    assertThat(validity.uniqueness(4)).isEqualTo(0.5); // of the first four valid ones
    assertThat(validity.uniqueness(7)).isEqualTo(4 / 7.0);
    assertThat(validity.uniqueness(8)).isNaN();
  }

  @Test
  void nothingIsUndefined() {
    Validity nothing = Validity.of(List.of("x"), Set.of());
    assertThat(nothing.validity()).isZero();
    assertThat(nothing.novelty()).isNaN();
    assertThat(Validity.of(List.of(), Set.of()).validity()).isNaN();
  }

  @Test
  void scaffoldsOfTwoRingsAreComparedByTheirCounts() {
    List<String> biphenyls = Collections.nCopies(3, "Cc1ccccc1-c1ccccc1");
    List<String> mixed = new ArrayList<>(List.of("Fc1ccccc1-c1ccccc1", "c1ccc2ccccc2c1"));
    mixed.add("Cc1ccccc1"); // one ring is not counted
    assertThat(ScaffoldSimilarity.of(biphenyls, biphenyls)).isEqualTo(1);
    assertThat(ScaffoldSimilarity.of(biphenyls, mixed)).isEqualTo(1 / Math.sqrt(2));
    assertThat(ScaffoldSimilarity.of(biphenyls, List.of("c1ccc2ccccc2c1"))).isZero();
    assertThat(ScaffoldSimilarity.of(biphenyls, List.of("CC", "c1ccccc1"))).isNaN();
  }
}
