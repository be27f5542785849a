package dev.sild.sampling;

import dev.sild.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Noise levels σ_0 &gt; … &gt; σ_K of a reverse process of K steps, from σ_max down to σ_min. The
 * last denoiser evaluation at σ_K comes on top.
 *
 * @param sigmas K + 1 levels
 */
public record Schedule(double[] sigmas) {

  /** The families of schedules. */
  public enum Family {
    /** Uniform in σ^{1/ρ}, ρ = 7: Karras et al. 2022, equation 5. */
    EDM,
    /** Uniform in log σ, that is in log-SNR. */
    LOGSNR,
    /** Uniform in the angle of σ = tan: Nichol and Dhariwal 2021, without their offset. */
    COSINE;

    /** {@code edm}, {@code logsnr} or {@code cosine}. */
    public static Family of(String name) {
      return switch (name) {
        case "edm" -> EDM;
        case "logsnr" -> LOGSNR;
        case "cosine" -> COSINE;
        default ->
            throw new UserException("no schedule %s: choose edm, logsnr or cosine".formatted(name));
      };
    }

    /** The schedule of this family with {@code steps} steps. */
    public Schedule between(double sigmaMax, double sigmaMin, int steps) {
      return switch (this) {
        case EDM -> edm(sigmaMax, sigmaMin, steps, 7);
        case LOGSNR -> logSnr(sigmaMax, sigmaMin, steps);
        case COSINE -> cosine(sigmaMax, sigmaMin, steps);
      };
    }
  }

  public Schedule {
    if (sigmas.length < 2) throw new UserException("a schedule needs at least one step");
    for (int i = 0; i < sigmas.length; i++)
      if (!(sigmas[i] > 0) || (i > 0 && !(sigmas[i] < sigmas[i - 1])))
        throw new UserException(
            "a schedule falls from σ_max to σ_min > 0, not " + Arrays.toString(sigmas));
    sigmas = sigmas.clone();
  }

  /** Whether a name is that of a file, by its ending. */
  public static boolean isFile(String name) {
    return name.endsWith(".txt");
  }

  /**
   * Reads a schedule: a level a line, falling; what follows a # is a remark. {@code numpy.loadtxt}
   * reads the same.
   *
   * @throws UserException if it cannot be read, or is no schedule
   */
  public static Schedule read(Path file) {
    try {
      return new Schedule(
          Files.readAllLines(file).stream()
              .map(line -> line.replaceAll("#.*", "").strip())
              .filter(line -> !line.isEmpty())
              .mapToDouble(Double::parseDouble)
              .toArray());
    } catch (IOException e) {
      throw new UserException("cannot read the schedule %s".formatted(file), e);
    } catch (NumberFormatException e) {
      throw new UserException("%s: not a number a line: %s".formatted(file, e.getMessage()), e);
    }
  }

  /** The text that {@link #read} reads, with every digit. */
  public String text(String remark) {
    StringBuilder text = new StringBuilder("# " + remark + "\n");
    for (double sigma : sigmas) text.append(sigma).append('\n');
    return text.toString();
  }

  /** σ_i = (σ_max^{1/ρ} + i/K (σ_min^{1/ρ} − σ_max^{1/ρ}))^ρ. */
  public static Schedule edm(double sigmaMax, double sigmaMin, int steps, double rho) {
    double from = Math.pow(sigmaMax, 1 / rho);
    double to = Math.pow(sigmaMin, 1 / rho);
    return of(steps, u -> Math.pow(from + u * (to - from), rho));
  }

  /** σ_i = σ_max (σ_min/σ_max)^{i/K}. */
  public static Schedule logSnr(double sigmaMax, double sigmaMin, int steps) {
    return of(steps, u -> sigmaMax * Math.pow(sigmaMin / sigmaMax, u));
  }

  /** σ_i = tan(θ_i), θ uniform from arctan σ_max to arctan σ_min. */
  public static Schedule cosine(double sigmaMax, double sigmaMin, int steps) {
    double from = Math.atan(sigmaMax);
    double to = Math.atan(sigmaMin);
    return of(steps, u -> Math.tan(from + u * (to - from)));
  }

  private static Schedule of(int steps, java.util.function.DoubleUnaryOperator sigmaOf) {
    if (steps < 1)
      throw new UserException("%d steps: a schedule needs at least one".formatted(steps));
    double[] sigmas = new double[steps + 1];
    for (int i = 0; i <= steps; i++) sigmas[i] = sigmaOf.applyAsDouble((double) i / steps);
    return new Schedule(sigmas);
  }

  /** K. */
  public int steps() {
    return sigmas.length - 1;
  }

  public double sigma(int i) {
    return sigmas[i];
  }

  public double first() {
    return sigmas[0];
  }

  public double last() {
    return sigmas[steps()];
  }
}
