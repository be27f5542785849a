package dev.sild.bindings;

import java.util.Random;

/** Test data: doubles that an f32 holds exactly, the same in every run unless a seed is given. */
final class Draw {
  static final long SEED = Long.getLong("sild.seed", 20261122);

  static {
    System.out.printf("seed %d (another: mvn … -Dtest.jvm=-Dsild.seed=N)%n", SEED);
  }

  private final Random random;

  /** A sequence of its own for each purpose. */
  Draw(String purpose) {
    random = new Random(SEED * 31 + purpose.hashCode());
  }

  double[] normal(long n) {
    return random.doubles(n).map(_ -> (float) random.nextGaussian()).toArray();
  }

  double[] uniform(long n, double low, double high) {
    return random.doubles(n, low, high).map(x -> (float) x).toArray();
  }

  /** Noise levels from a to b, uniform in their logarithm. */
  double[] sigmas(long n, double a, double b) {
    return random.doubles(n, Math.log(a), Math.log(b)).map(x -> (float) Math.exp(x)).toArray();
  }

  int[] below(long n, int bound) {
    return random.ints(n, 0, bound).toArray();
  }
}
