package dev.sild.export;

import dev.sild.sild.Method;
import dev.sild.sild.ModelFile;
import dev.sild.sild.RunConfig;

/** How the layers of a model are put together, in plain text: enough to write them again. */
final class Architecture {
  private static final String LAYERS =
      """
      Rows are samples; all numbers are float32. SiLU(u) = u/(1 + exp(-u)).
      linear NAME: y = W x + b, W = NAME.weight (outputs, inputs), b = NAME.bias.
      norm NAME: y = NAME.gain (x - mean)/sqrt(var + 1e-5) + NAME.shift; mean and var = mean((x - mean)^2) over the columns of a row.
      block NAME: y = x + outer(SiLU(inner(norm(x)) + m)); inner, outer: linear NAME.inner, NAME.outer; norm: NAME.norm; m = 0, but in the denoiser.
      mlp NAME of n blocks: h = SiLU(linear NAME.in (x)); h = block NAME.i (h) for i = 0 ... n-1; y = linear NAME.out (h).
      """;

  private static final String DENOISER =
      """
      denoiser, standardised s and sigma > 0 to D = E[clean s | s] where s = clean + sigma N(0, I): EDM preconditioning with sigma_data = 1, \
      D = s/(sigma^2 + 1) + sigma/sqrt(sigma^2 + 1) F(s/sqrt(sigma^2 + 1), sigma).
      F(v, sigma): c = ln(sigma)/4; H = %d; f_j = 0.25 * 32^(j/max(H - 1, 1)) for j = 0 ... H-1; \
      the features are cos(2 pi f_j c) for all j, then sin(2 pi f_j c) for all j; e = SiLU(linear denoiser.embedding (features)); \
      h = linear denoiser.in (v); h = block denoiser.i (h) with m = linear denoiser.i.modulation (e) for i = 0 ... %d; \
      F = linear denoiser.out (norm denoiser.norm (h)).
      """;

  private static final String WITHOUT_HALVES =
      "no encoder and no decoder: z = x data.scale + data.shift.\n";

  private static final String MIXTURE =
      """
      no denoiser: s is drawn from the Gaussian mixture of mixture.weights (K), mixture.means (K, Z) and the lower Cholesky factors \
      mixture.factors (K, Z, Z) of its covariances: s = mean_k + factor_k n, n ~ N(0, I).
      """;

  private Architecture() {}

  static String describe(ModelFile.Contents contents) {
    RunConfig config = contents.config();
    RunConfig.Denoiser denoiser = config.denoiser();
    return LAYERS
        + (config.method().compresses() ? halves(contents) : WITHOUT_HALVES)
        + "standardised latents: s = (z - latent.mean)/latent.scale.\n"
        + (config.method().diffuses()
            ? DENOISER.formatted(denoiser.embedding() / 2, denoiser.blocks() - 1)
            : MIXTURE);
  }

  private static String halves(ModelFile.Contents contents) {
    RunConfig.Autoencoder sizes = contents.config().autoencoder();
    return "encoder, x (%d) to z (%d): u = x data.scale + data.shift; %s.\n"
            .formatted(contents.dimension(), sizes.latent(), encoder(contents.config()))
        + "decoder, z to x: u = mlp decoder of %d blocks (z); x = (u - data.shift)/data.scale%s.\n"
            .formatted(sizes.blocks(), contents.space().isImage() ? ", clamped to [-1, 1]" : "");
  }

  private static String encoder(RunConfig config) {
    RunConfig.Autoencoder sizes = config.autoencoder();
    if (config.method() == Method.VAE)
      return "z = the first %d columns of mlp encoder of %d blocks (u), a mean; the others are its ln variance"
          .formatted(sizes.latent(), sizes.blocks());
    return switch (sizes.kind()) {
      case CONVOLUTIONAL -> throw new UnsupportedOperationException(); // TODO
      case BOTTLENECK -> "z = mlp encoder of %d blocks (u)".formatted(sizes.blocks());
      case CONSERVATIVE ->
          "W = encoder.conservative.weight (m, D); h = SiLU(W u + encoder.conservative.bias)"
              + " encoder.conservative.signs, elementwise; z = linear encoder.principal"
              + " (transpose(W) h)";
    };
  }
}
