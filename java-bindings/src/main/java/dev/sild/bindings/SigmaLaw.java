package dev.sild.bindings;

/** The law of the noise level σ of a sample. */
public sealed interface SigmaLaw {

  /** The law's number in {@code kernels/maths/perturb.h}. */
  int code();

  /** Its first parameter there. */
  double first();

  /** Its second parameter there, 0 if it has one only. */
  double second();

  /** σ = sigma. At 0, perturb writes the clean samples. */
  record Fixed(double sigma) implements SigmaLaw {
    @Override
    public int code() {
      return 0;
    }

    @Override
    public double first() {
      return sigma;
    }

    @Override
    public double second() {
      return 0;
    }
  }

  /** ln σ uniform on [ln low, ln high], 0 &lt; low ≤ high. */
  record LogUniform(double low, double high) implements SigmaLaw {
    @Override
    public int code() {
      return 1;
    }

    @Override
    public double first() {
      return low;
    }

    @Override
    public double second() {
      return high;
    }
  }

  /** ln σ ~ N(mean, deviation²): P_mean and P_std of Karras et al. 2022. */
  record LogNormal(double mean, double deviation) implements SigmaLaw {
    @Override
    public int code() {
      return 2;
    }

    @Override
    public double first() {
      return mean;
    }

    @Override
    public double second() {
      return deviation;
    }
  }
}
