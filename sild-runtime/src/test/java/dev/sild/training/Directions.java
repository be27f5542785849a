package dev.sild.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sild.baseline.AdversarialPenalty;
import dev.sild.network.Parameter;
import dev.sild.network.Parameters;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.DoubleSupplier;

/** The gradients of an objective against differences of its loss. */
record Directions(Parameters parameters, DoubleSupplier loss) {

  /**
   * Along random directions of the encoder's and decoder's parameters the loss changes as the
   * gradient says. The central difference errs by its third-order term, which the same at twice the
   * step shows, and by the rounding of a loss of size one.
   *
   * @param loss computes it, and writes the gradients
   */
  static void confirm(Parameters parameters, DoubleSupplier loss, int seed) {
    Directions directions = new Directions(parameters, loss);
    Random random = new Random(seed);
    for (int trial = 0; trial < 3; trial++) directions.confirm(random, trial);
  }

  private void confirm(Random random, int trial) {
    Map<String, float[]> direction = new LinkedHashMap<>();
    double value = loss.getAsDouble();
    double slope = 0;
    double squares = 0;
    for (Parameter p : parameters.all()) {
      if (p.name().startsWith(AdversarialPenalty.NAME)) continue;
      float[] g = p.gradient().floats();
      float[] d = new float[g.length];
      for (int i = 0; i < d.length; i++) {
        d[i] = (float) random.nextGaussian() / 16;
        slope += (double) d[i] * g[i];
        squares += (double) g[i] * g[i];
      }
      direction.put(p.name(), d);
    }
    double near = difference(direction, 0.01);
    double far = difference(direction, 0.02);
    double truncation = Math.abs(far - near); // three times the nearer one's error
    double rounding = 16 * 0x1p-24 * Math.abs(value) / 0.02;
    assertThat(slope).as("trial %d", trial).isNotZero();
    assertThat(near).as("trial %d", trial).isCloseTo(slope, within(truncation + rounding));
    double usual = Math.sqrt(squares) / 16; // root mean square slope of such directions
    assertThat(truncation + rounding).isLessThan(0.05 * usual + 1e-3);
  }

  private double difference(Map<String, float[]> direction, double h) {
    Map<String, float[]> before = new HashMap<>();
    direction.keySet().forEach(name -> before.put(name, parameters.get(name).value().floats()));
    double up = moved(before, direction, h);
    double down = moved(before, direction, -h);
    before.forEach((name, values) -> parameters.get(name).value().write(values));
    return (up - down) / (2 * h);
  }

  private double moved(Map<String, float[]> before, Map<String, float[]> direction, double h) {
    direction.forEach((name, d) -> {
      float[] values = before.get(name).clone();
      for (int i = 0; i < d.length; i++) values[i] += (float) (h * d[i]);
      parameters.get(name).value().write(values);
    });
    return loss.getAsDouble();
  }
}
