package dev.sild.sild;

import dev.sild.UserException;

/**
 * The penalties of the other methods' first stages, as weights w in E‖g(f(x)) − x‖² + w · penalty,
 * and the sizes that only they have.
 *
 * @param klWeight of KL(posterior ‖ N(0, I)) in nats
 * @param mmdWeight of MMD²(latents, N(0, I))
 * @param adversaryWeight of the adversary's log-odds loss
 * @param adversaryWidth columns of its hidden layers
 * @param adversaryBlocks residual blocks in it
 * @param components of the Gaussian mixture
 */
public record Baseline(
    double klWeight,
    double mmdWeight,
    double adversaryWeight,
    int adversaryWidth,
    int adversaryBlocks,
    int components) {
  public Baseline {
    if (!(klWeight >= 0 && mmdWeight >= 0 && adversaryWeight >= 0))
      throw new UserException("baseline needs weights ≥ 0");
    if (adversaryWidth < 1 || adversaryBlocks < 0 || components < 1)
      throw new UserException(
          "baseline needs adversary_width ≥ 1, adversary_blocks ≥ 0 and components ≥ 1");
  }

  /** The same with zeros, or ones, for what a method does not look at. */
  Baseline of(Method method) {
    boolean adversary = method == Method.GAN;
    return new Baseline(
        method == Method.VAE ? klWeight : 0,
        method == Method.MMD ? mmdWeight : 0,
        adversary ? adversaryWeight : 0,
        adversary ? adversaryWidth : 1,
        adversary ? adversaryBlocks : 0,
        method == Method.GMM ? components : 1);
  }
}
