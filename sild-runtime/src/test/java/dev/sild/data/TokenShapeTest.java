package dev.sild.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sild.data.molecule.Notation;
import dev.sild.data.molecule.Vocabulary;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TokenShapeTest {
  private static final int SEED = Integer.getInteger("sild.seed", 20261126);
  private static final TokenShape SELFIES =
      new TokenShape(
          4, new Vocabulary(Notation.SELFIES, List.of("[=O]", "[Branch1]", "[C]", "[Ring1]")));

  /** As many kinds as a byte has: numbers above 127 are no negative ones. */
  @Test
  void tokensComeBackFromTheirOnes() {
    System.out.println("seed " + SEED);
    List<String> words = IntStream.range(1, 256).mapToObj(i -> "[%dC]".formatted(i)).toList();
    TokenShape shape = new TokenShape(7, new Vocabulary(Notation.SMILES, words));
    assertThat(shape.columns()).isEqualTo(256);
    assertThat(shape.size()).isEqualTo(7 * 256);
    int count = 300;
    byte[] tokens = new byte[count * shape.length()];
    new Random(SEED).nextBytes(tokens);
    float[] x = shape.oneHot(tokens, count);
    assertThat(x).hasSize(count * shape.size());
    for (int i = 0; i < tokens.length; i++) {
      float[] one = new float[256];
      one[tokens[i] & 0xFF] = 1;
      assertThat(Arrays.copyOfRange(x, 256 * i, 256 * (i + 1))).isEqualTo(one);
    }
    assertThat(shape.likeliest(x, count)).isEqualTo(tokens);
    assertThat(shape.smiles(x, count))
        .isEqualTo(shape.vocabulary().decode(tokens, count, shape.length()));
    assertThat(TokenShape.parse(shape.text())).isEqualTo(shape);
    assertThat(TokenShape.parse(SELFIES.text())).isEqualTo(SELFIES);
  }

  /** Of SELFIES every sample is a molecule; what has an atom is left as it is. */
  @Test
  void aRowWithoutAtomsIsItsLikeliestAtom() {
    float[] x = new float[4 * SELFIES.size()];
    put(x, 0, 0.9f, 0.0f, 0.0f, 0.1f, 0.0f); // padding, [C] the likeliest atom of all places
    put(x, 1, 0.6f, 0.3f, 0.0f, 0.1f, 0.0f); // padding, [=O] here
    put(x, 2, 0.2f, 0.0f, 0.7f, 0.1f, 0.0f); // [Branch1]
    put(x, 3, 0.2f, 0.2f, 0.0f, 0.2f, 0.4f); // [Ring1]
    put(x, 4 + 2, 0.1f, 0.4f, 0.2f, 0.3f, 0.0f); // [=O]
    for (int t : new int[] {4, 5, 7}) put(x, t, 1, 0, 0, 0, 0);
    for (int t = 8; t < 12; t++) put(x, t, 1, 0, 0, 0, 0); // nothing is likelier than another
    Arrays.fill(x, 12 * 5, 16 * 5, Float.NaN);
    byte[] read = SELFIES.likeliest(x, 4);
    assertThat(Arrays.copyOfRange(read, 0, 4)).containsExactly(0, 1, 0, 0);
    assertThat(Arrays.copyOfRange(read, 4, 8)).containsExactly(0, 0, 1, 0);
    for (String smiles : SELFIES.smiles(x, 4)) assertThat(smiles).isIn("O", "C");
  }

  private static void put(float[] x, int token, float... p) {
    System.arraycopy(p, 0, x, token * SELFIES.columns(), p.length);
  }

  /** Of SMILES a row of padding is no molecule, and nobody makes it one. */
  @Test
  void smilesAreReadAsTheyStand() {
    TokenShape shape = new TokenShape(2, new Vocabulary(Notation.SMILES, List.of("C", "=")));
    assertThat(shape.smiles(new float[] {1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 1, 0}, 2))
        .containsExactly("", "=C");
  }
}
