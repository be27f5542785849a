package dev.sild.theory.features;

/**
 * What each phase adds to the error at one setting. Distances are sliced Wasserstein distances
 * between samples of a process with that phase approximate and of the exact one, both with the same
 * noise: so two equal processes are 0 apart.
 *
 * @param head, latent, collapse with that phase alone
 * @param total with all three
 * @param coupledHead E‖x − x'‖ between the two processes of {@code head}: it bounds their W_1
 * @param boundHead what theory allows for {@code coupledHead}: {@link PhaseStudy#transport}
 * @param expectedHead the same for a linear head, before anything is fitted: {@link
 *     PhaseStudy#expected}; NaN for another
 * @param blur distance that noise of σ_2 makes in the exact latents: what {@code collapse} should
 *     be
 * @param klHead, klLatent ½ ∫ E‖D̂ − D*‖² dγ over the phase, nats: the divergence of the paths
 * @param floor distance of the exact process from as many exact samples: no smaller error can be
 *     told from none without common noise
 */
public record Phases(
    int k,
    int d,
    double sigma1,
    double sigma2,
    int seed,
    double head,
    double latent,
    double collapse,
    double total,
    double coupledHead,
    double boundHead,
    double expectedHead,
    double blur,
    double klHead,
    double klLatent,
    double floor) {

  /** OU time of the switch to the latents. */
  public double time() {
    return PhaseStudy.time(sigma1);
  }

  /** The three contributions added. */
  public double sum() {
    return head + latent + collapse;
  }
}
