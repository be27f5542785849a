package dev.sild.evaluation.molecule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Similarity and diversity against sums by hand. */
class FingerprintsTest {
  private static final double ROUNDING = 1e-15;

  /** Bits {0, 1, 2}, {1, 2, 3}, {1000}: similarities ½, 0 and 0. */
  private static final Fingerprints THREE =
      set(new int[] {0, 1, 2}, new int[] {1, 2, 3}, new int[] {1000});

  @Test
  void diversityOfThreeMoleculesByHand() {
    // means of rows: (1 + ½ + 0)/3 = ½, ½, ⅓; their mean 4/9
    assertThat(THREE.internalDiversity(1)).isCloseTo(1 - 4 / 9.0, within(ROUNDING));
    // roots of means of squares: √((1 + ¼)/3) twice, √(1/3)
    double mean = (2 * Math.sqrt(1.25 / 3) + Math.sqrt(1 / 3.0)) / 3;
    assertThat(THREE.internalDiversity(2)).isCloseTo(1 - mean, within(ROUNDING));
    // which is not what the paper's formula gives
    assertThat(Math.abs(Math.sqrt((2 * 1.25 + 1) / 9) - mean)).isGreaterThan(1e-4);
  }

  @Test
  void oneMoleculeHasNoDiversityAndEmptyFingerprintsAreAlike() {
    assertThat(set(new int[] {5}).internalDiversity(1)).isZero();
    assertThat(set(new int[] {}, new int[] {}).internalDiversity(2)).isZero();
    assertThat(set(new int[] {}).tanimoto(0, set(new int[] {3}), 0)).isZero();
    assertThat(new Fingerprints(new long[0]).internalDiversity(1)).isNaN();
  }

  @Test
  void nearestNeighboursByHand() {
    Fingerprints reference = set(new int[] {0, 1, 2, 3}, new int[] {1000, 1001});
    // the largest of ¾ and 0; ¾ and 0; 0 and ½
    assertThat(THREE.nearestSimilarity(reference)).isCloseTo(2.0 / 3, within(ROUNDING));
    assertThat(THREE.nearestSimilarity(THREE)).isEqualTo(1);
    assertThat(THREE.nearestSimilarity(new Fingerprints(new long[0]))).isNaN();
  }

  @Test
  void bitsAreCountedAsTheyWouldBeOneByOne() {
    SplittableRandom random = new SplittableRandom(3);
    Fingerprints set = new Fingerprints(random.longs(16 * 7).toArray());
    for (int i = 0; i < 7; i++)
      for (int j = 0; j < 7; j++) {
        int both = 0;
        int either = 0;
        for (int bit = 0; bit < Fingerprints.BITS; bit++) {
          boolean a = (set.bits()[i * 16 + bit / 64] >>> bit % 64 & 1) == 1;
          boolean b = (set.bits()[j * 16 + bit / 64] >>> bit % 64 & 1) == 1;
          if (a && b) both++;
          if (a || b) either++;
        }
        assertThat(set.tanimoto(i, set, j)).isEqualTo((double) both / either);
      }
  }

  @Test
  void moleculesHaveTheirOwn() {
    List<String> smiles = List.of("CCO", "OCC", "CCN", "c1ccccc1", "C");
    Fingerprints set = Fingerprints.of(smiles);
    assertThat(set.size()).isEqualTo(5);
    assertThat(set.tanimoto(0, set, 1)).isEqualTo(1);
    assertThat(set.tanimoto(0, set, 2)).isBetween(0.1, 0.9);
    assertThat(set.tanimoto(0, set, 3)).isLessThan(0.1);
    // benzene: one bit for an atom, one for its neighbours, one for theirs
    long bits = 0;
    for (int w = 0; w < 16; w++) bits += Long.bitCount(set.bits()[3 * 16 + w]);
    assertThat(bits).isEqualTo(3);
  }

  private static Fingerprints set(int[]... molecules) {
    long[] bits = new long[16 * molecules.length];
    for (int i = 0; i < molecules.length; i++)
      for (int bit : molecules[i]) bits[16 * i + bit / 64] |= 1L << bit % 64;
    return new Fingerprints(bits);
  }
}
