package dev.sild.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class DigitsTest {
  @Test
  void thereAreFiveHundredOfEachDigit() {
    LabelledImages digits = Digits.load();
    assertThat(digits.count()).isEqualTo(5_000);
    assertThat(digits.size()).isEqualTo(400);
    assertThat(counts(digits)).containsOnly(500);
  }

  @Test
  void theTenthThatIsHeldOutIsNeverTrainedOn() {
    LabelledImages digits = Digits.load();
    LabelledImages training = Digits.training();
    LabelledImages heldOut = Digits.heldOut();
    assertThat(counts(training)).containsOnly(450);
    assertThat(counts(heldOut)).containsOnly(50);
    for (int i = 0, kept = 0, trained = 0; i < digits.count(); i++) { // 500 of each, sorted
      LabelledImages one = digits.select(new int[] {i});
      LabelledImages part = i % 10 == 9 ? heldOut : training;
      assertThat(part.select(new int[] {i % 10 == 9 ? kept++ : trained++})).isEqualTo(one);
    }
  }

  /** Wrong labels or tiles cut askew would leave a tenth right. */
  @Test
  void heldOutDigitsLieNearestToTheMeanOfTheirOwnLabel() {
    double[][] means = new double[10][400];
    LabelledImages training = Digits.training();
    for (int i = 0; i < training.count(); i++) {
      for (int j = 0; j < 400; j++) {
        means[training.labels()[i]][j] += (training.pixels()[i * 400 + j] & 0xff) / 450.0;
      }
    }
    LabelledImages heldOut = Digits.heldOut();
    int right = 0;
    for (int i = 0; i < heldOut.count(); i++) {
      right += nearest(means, heldOut, i) == heldOut.labels()[i] ? 1 : 0;
    }
    System.out.println("DigitsTest: nearest mean is right for " + right + " of 500");
    assertThat(right).isGreaterThan(375);
  }

  @Test
  void theNoticeTravelsWithThem() throws IOException {
    try (InputStream notice = Digits.class.getResourceAsStream("digits.NOTICE.txt")) {
      assertThat(new String(notice.readAllBytes(), StandardCharsets.UTF_8))
          .contains("OpenCV", "Apache License", "BSD");
    }
  }

  private static int[] counts(LabelledImages images) {
    int[] counts = new int[10];
    for (byte label : images.labels()) {
      counts[label]++;
    }
    return counts;
  }

  private static int nearest(double[][] means, LabelledImages images, int image) {
    int best = -1;
    double least = Double.POSITIVE_INFINITY;
    for (int label = 0; label < 10; label++) {
      double distance = 0;
      for (int j = 0; j < 400; j++) {
        distance += Math.pow((images.pixels()[image * 400 + j] & 0xff) - means[label][j], 2);
      }
      if (distance < least) {
        least = distance;
        best = label;
      }
    }
    return best;
  }
}
