package dev.sild.theory.steps;

import java.util.Arrays;

/** A figure with its standard error, 0 where it is exact. */
public record Estimate(double value, double standardError) {

  /** The mean of independent figures; of one, that one, taken for exact. */
  public static Estimate mean(double[] values) {
    double mean = Arrays.stream(values).average().orElseThrow();
    if (values.length == 1) return new Estimate(mean, 0);
    double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
    return new Estimate(mean, Math.sqrt(squares / (values.length - 1) / values.length));
  }
}
