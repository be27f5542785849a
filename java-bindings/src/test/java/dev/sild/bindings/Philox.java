package dev.sild.bindings;

/**
 * Philox4x32-10 and what is drawn from it, written a second time: for maths/philox.h and normal.h.
 */
final class Philox {
  private Philox() {}

  /** The four words at this counter under this key (Salmon et al. 2011). */
  static int[] words(int[] counter, int seed, int purpose) {
    int[] c = counter.clone();
    for (int round = 0; round < 10; round++) {
      long first = (c[0] & 0xFFFFFFFFL) * 0xD2511F53L;
      long second = (c[2] & 0xFFFFFFFFL) * 0xCD9E8D57L;
      int k0 = seed + round * 0x9E3779B9;
      int k1 = purpose + round * 0xBB67AE85;
      c =
          new int[] {
            (int) (second >>> 32) ^ c[1] ^ k0,
            (int) second,
            (int) (first >>> 32) ^ c[3] ^ k1,
            (int) first
          };
    }
    return c;
  }

  /** The four words of elements 4·block … 4·block + 3 of one sample at one step. */
  static int[] draw(Noise noise, int block, long sample, int step) {
    int[] counter = {block, (int) sample, step, (int) (sample >>> 32)};
    return words(counter, noise.seed(), noise.purpose());
  }

  /** A row of a bank of {@code rows}, for one part of a sample. */
  static int index(Noise noise, long sample, int part, int rows) {
    long word = draw(noise, part, sample, 0)[0] & 0xFFFFFFFFL;
    return (int) (word * rows >>> 32);
  }

  /** (word + ½)/2³² in f32, in (0, 1]: this number is what the reference begins with. */
  static double uniform(int word) {
    return Math.fma((float) (word & 0xFFFFFFFFL), 0x1p-32f, 0x1p-33f);
  }

  /** The first n normals of one sample at one step, by Box and Muller. */
  static double[] normals(Rounding p, Noise noise, long sample, int step, int n) {
    double[] normals = new double[n];
    for (int e = 0; e < n; e++) {
      int[] words = draw(noise, e / 4, sample, step);
      normals[e] = normal(p, words, e % 4);
    }
    return normals;
  }

  /** Of four words, the normal at this place. */
  static double normal(Rounding p, int[] words, int place) {
    int pair = place / 2 * 2;
    double radius = p.r(Math.sqrt(p.r(-2 * p.r(Math.log(uniform(words[pair]))))));
    double angle = words[pair + 1] * (0x1p-31 * Math.PI);
    return p.r(radius * p.r(place % 2 == 0 ? Math.cos(angle) : Math.sin(angle)));
  }

  /** The noise level of one sample. */
  static double sigma(Rounding p, SigmaLaw law, Noise noise, long sample) {
    int[] words = draw(noise, -1, sample, 0);
    return switch (law) {
      case SigmaLaw.Fixed(double level) -> (float) level;
      case SigmaLaw.LogUniform(double a, double b) -> {
        double low = p.r(Math.log((float) a));
        double width = p.r(p.r(Math.log((float) b)) - low);
        yield p.r(Math.exp(p.r(p.r(uniform(words[0]) * width) + low)));
      }
      case SigmaLaw.LogNormal(double mean, double deviation) ->
          p.r(Math.exp(p.r(p.r(normal(p, words, 0) * (float) deviation) + (float) mean)));
    };
  }
}
