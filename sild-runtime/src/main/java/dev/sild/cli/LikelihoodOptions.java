package dev.sild.cli;

import dev.sild.UserException;
import dev.sild.evaluation.LatentLikelihood;
import picocli.CommandLine.Option;

/** The likelihood that {@code evaluate} measures when it is asked to. */
final class LikelihoodOptions {
  @Option(
      names = "--likelihood",
      paramLabel = "N",
      description =
          "also −ln p of N held-out samples along the probability flow, in nats a sample, as"
              + " latent_nll: p is the density of standardised latents with noise of the preset's"
              + " sigma_min. With --method ambient the latents are the data: also nll in their own"
              + " units, and bits_per_dim of images that are dequantised by uniform noise of one"
              + " grey level. Behind a decoder the data have no density")
  Integer samples;

  @Option(
      names = "--probes",
      paramLabel = "P",
      description =
          "random signs (Hutchinson) for the divergence of each sample's flow, 0 for the exact"
              + " divergence (default: 0 to dimension "
              + LatentLikelihood.EXACT
              + ", 1 above)")
  Integer probes;

  @Option(
      names = "--likelihood-evaluations",
      paramLabel = "K",
      description =
          "of the denoiser along the flow (default: " + LatentLikelihood.EVALUATIONS + ")")
  Integer evaluations;

  /**
   * What is asked for.
   *
   * @param latent dimension of the flow
   * @throws UserException if it cannot be meant
   */
  LatentLikelihood of(int latent) {
    if (samples == null) {
      if (probes != null || evaluations != null)
        throw new UserException(
            "--probes and --likelihood-evaluations say how --likelihood is measured: add"
                + " --likelihood N");
      return LatentLikelihood.NONE;
    }
    int few = latent <= LatentLikelihood.EXACT ? 0 : 1;
    return new LatentLikelihood(
        require("--likelihood", samples, 2),
        require("--probes", probes == null ? few : probes, 0),
        require(
            "--likelihood-evaluations",
            evaluations == null ? LatentLikelihood.EVALUATIONS : evaluations,
            LatentLikelihood.FEWEST_EVALUATIONS));
  }

  private static int require(String option, int value, int least) {
    if (value < least)
      throw new UserException("%s %d: at least %d".formatted(option, value, least));
    return value;
  }
}
