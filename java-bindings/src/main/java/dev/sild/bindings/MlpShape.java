package dev.sild.bindings;

/**
 * The sizes of a latent network that {@link Stream#mlpSampler} carries through a whole trajectory:
 * linear to the width, residual blocks, norm, linear to the latent.
 *
 * @param latent columns of x, 1 … 64
 * @param width columns of a block, a multiple of 16 up to 512
 * @param blocks at least 1
 */
public record MlpShape(int latent, int width, int blocks) {
  public MlpShape {
    if (!fits(latent, width, blocks))
      throw new IllegalArgumentException(
          "mlp_sampler: latent %d, width %d, blocks %d: it takes a latent to 64, a width to 512 by 16"
              .formatted(latent, width, blocks));
  }

  /**
   * Whether a network of these sizes can be carried; else every evaluation is launched by itself.
   */
  public static boolean fits(int latent, int width, int blocks) {
    return latent >= 1
        && latent <= 64
        && width >= 16
        && width <= 512
        && width % 16 == 0
        && blocks >= 1;
  }

  /** W_in, two for each block, W_out. */
  public int layers() {
    return 2 * blocks + 2;
  }

  /** Inputs of a layer. */
  public int inputs(int layer) {
    return layer == 0 ? latent : width;
  }

  /** Outputs of a layer. */
  public int outputs(int layer) {
    return layer == layers() - 1 ? latent : width;
  }
}
