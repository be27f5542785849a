package dev.sild.data;

/**
 * Counter-based random numbers on the host: Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel
 * random numbers: as easy as 1, 2, 3", SC 2011), addressed as {@code kernels/maths/philox.h} does:
 * counter = (element block, sample low, step, sample high), key = (seed, purpose).
 *
 * <p>A number is a pure function of its address. The normals are those of the devices in double:
 * they agree to the rounding of f32, not bit for bit.
 */
public final class Philox {
  private static final int MULTIPLIER_0 = 0xD2511F53;
  private static final int MULTIPLIER_1 = 0xCD9E8D57;
  private static final int WEYL_0 = 0x9E3779B9;
  private static final int WEYL_1 = 0xBB67AE85;
  private static final double UNIT = 0x1p-32;

  private Philox() {}

  /**
   * Ten rounds on one counter.
   *
   * @param words (4) the counter, replaced by the four random words
   * @param seed first word of the key
   * @param purpose second word of the key
   */
  public static void permute(int[] words, int seed, int purpose) {
    int c0 = words[0];
    int c1 = words[1];
    int c2 = words[2];
    int c3 = words[3];
    for (int round = 0; round < 10; round++) {
      int h0 = highProduct(MULTIPLIER_0, c0);
      int h1 = highProduct(MULTIPLIER_1, c2);
      int l0 = MULTIPLIER_0 * c0;
      c0 = h1 ^ c1 ^ (seed + round * WEYL_0);
      c1 = MULTIPLIER_1 * c2;
      c2 = h0 ^ c3 ^ (purpose + round * WEYL_1);
      c3 = l0;
    }
    words[0] = c0;
    words[1] = c1;
    words[2] = c2;
    words[3] = c3;
  }

  /**
   * Standard normals of one sample, by Box–Muller: r = √(−2 ln u), (r cos θ, r sin θ).
   *
   * @param normals (n) receives elements 0 … n − 1 of the sample
   */
  public static void normals(double[] normals, int seed, int purpose, long sample, int step) {
    int[] words = new int[4];
    for (int i = 0; i < normals.length; i += 4) {
      draw(words, i / 4, seed, purpose, sample, step);
      for (int j = 0; j < 4 && i + j < normals.length; j += 2) {
        double radius = StrictMath.sqrt(-2 * StrictMath.log(unit(words[j])));
        double angle = 2 * Math.PI * UNIT * Integer.toUnsignedLong(words[j + 1]);
        normals[i + j] = radius * StrictMath.cos(angle);
        if (i + j + 1 < normals.length) {
          normals[i + j + 1] = radius * StrictMath.sin(angle);
        }
      }
    }
  }

  /**
   * Uniform numbers of one sample, in the open interval (0, 1).
   *
   * @param uniforms (n) receives elements 0 … n − 1 of the sample
   */
  public static void uniforms(double[] uniforms, int seed, int purpose, long sample, int step) {
    int[] words = new int[4];
    for (int i = 0; i < uniforms.length; i++) {
      if (i % 4 == 0) {
        draw(words, i / 4, seed, purpose, sample, step);
      }
      uniforms[i] = unit(words[i % 4]);
    }
  }

  /** Four words for elements 4·block … 4·block + 3 of one sample at one step. */
  public static void draw(int[] words, int block, int seed, int purpose, long sample, int step) {
    words[0] = block;
    words[1] = (int) sample;
    words[2] = step;
    words[3] = (int) (sample >>> 32);
    permute(words, seed, purpose);
  }

  private static int highProduct(int a, int b) {
    return (int) ((Integer.toUnsignedLong(a) * Integer.toUnsignedLong(b)) >>> 32);
  }

  private static double unit(int word) {
    return (Integer.toUnsignedLong(word) + 0.5) * UNIT;
  }
}
