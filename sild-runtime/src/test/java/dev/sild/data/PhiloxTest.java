package dev.sild.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PhiloxTest {
  record KnownAnswer(int[] counter, int seed, int purpose, int[] words) {}

  /** From the file kat_vectors of Random123. */
  static Stream<KnownAnswer> knownAnswers() {
    return Stream.of(
        new KnownAnswer(
            new int[4], 0, 0, new int[] {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}),
        new KnownAnswer(
            new int[] {-1, -1, -1, -1},
            -1,
            -1,
            new int[] {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}),
        new KnownAnswer(
            new int[] {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
            0xa4093822,
            0x299f31d0,
            new int[] {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
  }

  @ParameterizedTest
  @MethodSource("knownAnswers")
  void wordsAreThoseOfRandom123(KnownAnswer answer) {
    int[] words = answer.counter.clone();
    Philox.permute(words, answer.seed, answer.purpose);
    assertThat(words).containsExactly(answer.words);
  }

  @Test
  void counterIsElementBlockSampleLowStepSampleHigh() {
    int[] words = {3, 0x89abcdef, 5, 0x01234567};
    Philox.permute(words, 7, 11);
    double[] uniforms = new double[16];
    Philox.uniforms(uniforms, 7, 11, 0x0123456789abcdefL, 5);
    for (int j = 0; j < 4; j++) {
      assertThat(uniforms[12 + j]).isEqualTo((Integer.toUnsignedLong(words[j]) + 0.5) * 0x1p-32);
    }
  }

  @Test
  void elementsOfASampleDoNotDependOnHowManyAreDrawn() {
    double[] all = new double[13];
    Philox.normals(all, 1, 2, 3, 4);
    for (int n = 0; n < all.length; n++) {
      double[] some = new double[n];
      Philox.normals(some, 1, 2, 3, 4);
      assertThat(some).containsExactly(Arrays.copyOf(all, n));
    }
  }

  @Test
  void normalsHaveTheMomentsOfNormals() {
    int seed = 20250;
    System.out.println("PhiloxTest seed " + seed);
    int samples = 20_000;
    double[] draw = new double[10];
    double[] moments = new double[5];
    double neighbours = 0;
    for (int i = 0; i < samples; i++) {
      Philox.normals(draw, seed, 1, i, 0);
      for (int j = 0; j < draw.length; j++) {
        for (int power = 1; power <= 4; power++) {
          moments[power] += Math.pow(draw[j], power) / (samples * draw.length);
        }
        neighbours += j > 0 ? draw[j] * draw[j - 1] / (samples * (draw.length - 1)) : 0;
      }
    }
    double error = 5 / Math.sqrt(samples * draw.length); // five standard errors of a unit variance
    assertThat(moments[1]).isCloseTo(0, within(error));
    assertThat(moments[2]).isCloseTo(1, within(error * Math.sqrt(2)));
    assertThat(moments[3]).isCloseTo(0, within(error * Math.sqrt(15)));
    assertThat(moments[4]).isCloseTo(3, within(error * Math.sqrt(96)));
    assertThat(neighbours).isCloseTo(0, within(error * 1.1));
  }
}
