package dev.sild.theory.alignment;

import dev.sild.UserException;
import dev.sild.bindings.Activation;
import dev.sild.data.CurvedGaussian;
import dev.sild.data.Manifold;
import dev.sild.network.ConservativeNetwork.Signs;
import java.util.Arrays;

/**
 * A gradient flow of the two-layer conservative network D_W at one noise level: loss L = λ E‖D_W(x
 * + σ n) − x‖², λ = σ^{−power}, summed over coordinates; dw_j/dt = −m ∂L/∂w_j, and the same for the
 * biases. All begin standard normal.
 *
 * @param neurons m
 * @param power 2 for the weight of the collapse stage, 4 for the plain score
 * @param temperature T ≥ 0 of the mean-field Langevin noise √(2T) dB on every parameter
 * @param step of the descent in units of 1/λ, the time scale of the tangent part
 * @param batch rows of a gradient, where it is not exact
 */
public record Setting(
    Manifold manifold,
    Activation activation,
    Signs signs,
    int neurons,
    double sigma,
    int power,
    double temperature,
    double step,
    int batch,
    int seed) {
  public Setting {
    int held = isLinear(manifold) ? manifold.intrinsicDimension() : manifold.embedding().from();
    if (held == manifold.dimension())
      throw new UserException(
          "dimension %d: give one more, for a direction that is normal everywhere".formatted(held));
    if (neurons < 2 || neurons % 2 != 0 || neurons > 1 << 20)
      throw new UserException("%d neurons: an even number from 2 to 2^20".formatted(neurons));
    if (!(sigma >= 0.001 && sigma <= 1))
      throw new UserException("sigma %s: from 0.001 to 1".formatted(sigma));
    if (power != 2 && power != 4)
      throw new UserException("weight 1/sigma^%d: the power is 2 or 4".formatted(power));
    if (!(temperature >= 0 && temperature <= 1))
      throw new UserException("temperature %s: from 0 to 1".formatted(temperature));
    if (!(step > 0 && step <= 0.1))
      throw new UserException("step %s: above 0, to 0.1 at most".formatted(step));
    if (batch < 2 || batch > 1 << 20)
      throw new UserException("batch %d: from 2 to 2^20".formatted(batch));
  }

  /** λ. */
  public double weight() {
    return Math.pow(sigma, -power);
  }

  /** What a unit of time is in steps of the flow. */
  public double timeStep() {
    return step / weight();
  }

  /** λσ² t: the clock of the normal part. */
  public double slowTime(double t) {
    return weight() * sigma * sigma * t;
  }

  /**
   * When the fast part is over: modes that decay at 8λ or faster, and began 1/σ² above the slow
   * ones, are a hundredth of them.
   */
  public double transientEnd() {
    return Math.log(100 / (sigma * sigma)) / (8 * weight());
  }

  /** Whether the network is affine and the law a centred Gaussian: two moments are then all. */
  public boolean exact() {
    return activation == Activation.IDENTITY && linear();
  }

  private boolean linear() {
    return isLinear(manifold);
  }

  private static boolean isLinear(Manifold manifold) {
    return manifold instanceof CurvedGaussian graph && graph.curvature() == 0;
  }

  /** An orthonormal basis of the smallest subspace that holds the manifold, one vector a row. */
  double[] span() {
    int d = manifold.dimension();
    if (linear()) return manifold.tangentBasis(new double[d]);
    int m = manifold.embedding().from();
    double[] basis = new double[m * d];
    double[] unit = new double[m];
    double[] vector = new double[d];
    for (int j = 0; j < m; j++) {
      Arrays.fill(unit, 0);
      unit[j] = 1;
      manifold.embedding().embed(vector, unit);
      System.arraycopy(vector, 0, basis, j * d, d);
    }
    return basis;
  }
}
