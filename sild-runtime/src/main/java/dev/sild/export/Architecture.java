package dev.sild.export;

import dev.sild.data.TokenShape;
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

  private static final String IMAGE_LAYERS =
      """
      Rows that are images stand channel by channel, row by row: (C, H, W).
      conv NAME: cross-correlation with NAME.weight (outputs, inputs, k, k), stride 1, k/2 zeros around the image, plus NAME.bias a channel.
      group norm NAME: as norm, mean and var over groups of 8 neighbouring channels and all pixels (one group where 8 does not divide C), gain and shift a channel.
      conv block NAME: y = skip(x) + conv NAME.outer (SiLU((1 + a) group norm NAME.inner_norm (conv NAME.inner (SiLU(group norm NAME.norm (x)))) + m)); \
      skip: conv NAME.skip where there is one, else x; a = m = 0, but in the denoiser.
      down: means of 2 x 2 pixels; up: every pixel four times.
      """;

  private static final String TOKEN_LAYERS =
      """
      A sample of a molecule is %d tokens of %d numbers, one after another, each a one in the place of its word in "tokens" (%s), the first being padding; linear, norm and block work on each token by itself where not said otherwise.
      attention NAME: y = x + linear NAME.out (A), A softmax attention of all tokens with %d heads, scaled by 1/sqrt(columns of a head); \
      q, k, v are the thirds of the columns of linear NAME.qkv (norm NAME.norm (x)).
      stack NAME of n: for i = 0 ... n-1: h = attention NAME.i.attention (h), then h = block NAME.i (h); then norm NAME.norm (h).
      """;

  private static final String TOKEN_ENCODER =
      "linear encoder.out (all numbers of stack encoder of %d (h)), h = norm encoder.places (all"
          + " numbers of linear encoder.in (u))";

  private static final String TOKEN_DECODER =
      "softmax, token by token, of linear decoder.out (stack decoder of %d (h)), h = linear"
          + " decoder.in (z) taken as tokens";

  private static final String DENOISER =
      """
      denoiser, standardised s and sigma > 0 to D = E[clean s | s] where s = clean + sigma N(0, I): EDM preconditioning with sigma_data = 1, \
      D = s/(sigma^2 + 1) + sigma/sqrt(sigma^2 + 1) F(s/sqrt(sigma^2 + 1), sigma).
      F(v, sigma): c = ln(sigma)/4; H = %d; f_j = 0.25 * 32^(j/max(H - 1, 1)) for j = 0 ... H-1; \
      the features are cos(2 pi f_j c) for all j, then sin(2 pi f_j c) for all j; e = SiLU(linear denoiser.embedding (features)%s); %s
      """;

  private static final String PERCEPTRON =
      "h = linear denoiser.in (v); h = block denoiser.i (h) with m = linear denoiser.i.modulation"
          + " (e) for i = 0 ... %d; F = linear denoiser.out (norm denoiser.norm (h)).";

  private static final String UNET =
      "every conv block NAME has (a, m) = linear NAME.modulation (e). level l of h: h = conv block"
          + " denoiser.l.down.i (h) for i = 0 ... %1$d; at l = %2$d %3$s; above it, k = h, h = conv"
          + " block denoiser.l.widen (down(h)), h = level l+1 of h, h = k + up(conv block"
          + " denoiser.l.narrow (h)); then h = conv block denoiser.l.up.i (h) for i = 0 ... %1$d."
          + " F = conv denoiser.out (SiLU(group norm denoiser.norm (level 0 of conv denoiser.in"
          + " (v)))).";

  private static final String ATTENTION =
      "h = h + conv denoiser.attention.out (A), A softmax attention of all pixels with %d heads; q,"
          + " k, v are the thirds of the channels of conv denoiser.attention.qkv (group norm"
          + " denoiser.attention.norm (h))";

  private static final String CONV_ENCODER =
      "conv encoder.out (SiLU(group norm encoder.norm (h))), where h = conv encoder.in (u), and for"
          + " l = 0 ... %2$d: h = conv block encoder.l.i (h) for i = 0 ... %1$d, then h = down(h)"
          + " but at the last l";

  private static final String CONV_DECODER =
      "conv decoder.out (SiLU(group norm decoder.norm (h))), where h = conv decoder.in (z), and for"
          + " l = %1$d ... 0: h = conv block decoder.l.i (h) for i = 0 ... %2$d, then h = up(h) but"
          + " at l = 0";

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
    boolean images =
        config.autoencoder().kind() == RunConfig.AutoencoderKind.CONVOLUTIONAL
            || denoiser.kind() == RunConfig.DenoiserKind.CONVOLUTIONAL;
    boolean tokens = config.autoencoder().kind() == RunConfig.AutoencoderKind.TOKENS;
    return LAYERS
        + (images ? IMAGE_LAYERS : "")
        + (tokens ? tokenLayers(contents) : "")
        + (config.method().compresses() ? halves(contents) : WITHOUT_HALVES)
        + "standardised latents: s = (z - latent.mean)/latent.scale.\n"
        + (config.method().diffuses()
            ? DENOISER.formatted(denoiser.embedding() / 2, label(denoiser), network(denoiser))
            : MIXTURE);
  }

  private static String tokenLayers(ModelFile.Contents contents) {
    TokenShape shape = contents.space().tokens();
    return TOKEN_LAYERS.formatted(
        shape.length(),
        shape.columns(),
        shape.vocabulary().notation(),
        contents.config().autoencoder().heads());
  }

  private static String label(RunConfig.Denoiser d) {
    return d.conditional() ? " + linear denoiser.label (1 at the class, 0 elsewhere)" : "";
  }

  private static String network(RunConfig.Denoiser d) {
    if (d.kind() == RunConfig.DenoiserKind.PERCEPTRON) return PERCEPTRON.formatted(d.blocks() - 1);
    String lowest = d.heads() == 0 ? "nothing more" : ATTENTION.formatted(d.heads());
    return UNET.formatted(d.blocks() - 1, d.levels(), lowest);
  }

  private static String halves(ModelFile.Contents contents) {
    RunConfig config = contents.config();
    RunConfig.Autoencoder sizes = config.autoencoder();
    return "encoder, x (%d) to z (%d): u = x data.scale + data.shift; %s.\n"
            .formatted(contents.dimension(), config.latent(contents.space()), encoder(contents))
        + "decoder, z to x: u = %s; x = (u - data.shift)/data.scale%s.\n"
            .formatted(decoder(sizes), contents.space().isImage() ? ", clamped to [-1, 1]" : "");
  }

  private static String encoder(ModelFile.Contents contents) {
    RunConfig.Autoencoder sizes = contents.config().autoencoder();
    String network =
        switch (sizes.kind()) {
          case BOTTLENECK -> "mlp encoder of %d blocks (u)".formatted(sizes.blocks());
          case CONVOLUTIONAL -> CONV_ENCODER.formatted(sizes.blocks() - 1, sizes.levels());
          case TOKENS -> TOKEN_ENCODER.formatted(sizes.blocks());
          case CONSERVATIVE ->
              "linear encoder.principal (transpose(W) h), W = encoder.conservative.weight (m, D),"
                  + " h = SiLU(W u + encoder.conservative.bias) encoder.conservative.signs,"
                  + " elementwise";
        };
    return contents.config().method() == Method.VAE
        ? "z = the first %d columns of %s, a mean; the others are its ln variance"
            .formatted(contents.config().latent(contents.space()), network)
        : "z = " + network;
  }

  private static String decoder(RunConfig.Autoencoder sizes) {
    return switch (sizes.kind()) {
      case CONVOLUTIONAL -> CONV_DECODER.formatted(sizes.levels(), sizes.blocks() - 1);
      case TOKENS -> TOKEN_DECODER.formatted(sizes.blocks());
      case BOTTLENECK, CONSERVATIVE -> "mlp decoder of %d blocks (z)".formatted(sizes.blocks());
    };
  }
}
