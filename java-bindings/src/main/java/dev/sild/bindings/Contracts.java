package dev.sild.bindings;

/**
 * What the ops ask of their arguments, once for all devices: a device calls the contract before it
 * passes an address on. Each throws {@link IllegalArgumentException} that names op, view and
 * shapes.
 */
public final class Contracts {
  private Contracts() {}

  /** {@link Stream#drawIndices}. */
  public static void drawIndices(View index, View step) {
    Shapes.of("draw_indices")
        .is("index", index, DType.I32, index.rows(), index.columns())
        .is("step", step, DType.U8, Step.BYTES);
  }

  /** {@link Stream#perturb}. */
  public static void perturb(View noisy, View sigma, Gather gather, View step) {
    long rows = noisy.rows();
    Shapes.of("perturb")
        .is("noisy", noisy, rows, gather.dimension())
        .is("sigma", sigma, rows)
        .gather(gather, rows)
        .is("step", step, DType.U8, Step.BYTES);
  }

  /** {@link Stream#timeEmbedding}. */
  public static void timeEmbedding(View embedding, View sigma) {
    Shapes.of("time_embedding")
        .is("embedding", embedding, sigma.elements(), embedding.columns())
        .is("sigma", sigma, sigma.elements());
  }

  /** {@link Stream#linearForward}. */
  public static void linearForward(View y, View u, View x, View w, Epilogue epilogue) {
    long rows = x.rows();
    long inputs = w.columns();
    long outputs = w.rows();
    View modulation = epilogue.modulation();
    long modulationRows = modulation == null ? 0 : modulation.rows();
    Shapes.of("linear_forward")
        .is("x", x, rows, inputs)
        .is("y", y, rows, outputs)
        .maybe("u", u, rows, outputs)
        .maybe("bias", epilogue.bias(), outputs)
        .maybe("modulation", modulation, modulationRows, outputs)
        .maybe("gain", epilogue.gain(), outputs)
        .maybe("residual", epilogue.residual(), rows, outputs)
        .that(
            modulation == null || modulationRows == 1 || modulationRows == rows,
            "modulation %s for y %s, x %s, w %s".formatted(modulation, y, x, w))
        .that(
            epilogue.residual() == null || epilogue.residual().address() != y.address(),
            "y is its own residual");
  }

  /** {@link Stream#linearBackward}. */
  public static void linearBackward(
      View dx,
      View dw,
      View dbias,
      View du,
      View dy,
      View u,
      View x,
      View w,
      View gain,
      Activation activation) {
    long rows = x.rows();
    long inputs = w.columns();
    long outputs = w.rows();
    Shapes.of("linear_backward")
        .maybe("dx", dx, rows, inputs)
        .is("dw", dw, outputs, inputs)
        .maybe("dbias", dbias, outputs)
        .is("du", du, rows, outputs)
        .is("dy", dy, rows, outputs)
        .maybe("u", u, rows, outputs)
        .is("x", x, rows, inputs)
        .maybe("gain", gain, outputs)
        .that(activation == Activation.IDENTITY || u != null, "the slope of SiLU needs u");
  }

  /** {@link Stream#matmul}. */
  public static void matmul(View c, View a, boolean transposeA, View b, boolean transposeB) {
    long m = transposeA ? a.columns() : a.rows();
    long k = transposeA ? a.rows() : a.columns();
    long n = transposeB ? b.rows() : b.columns();
    Shapes.of("matmul").is("a", a, m, k).is("b", b, k, n).is("c", c, m, n);
  }

  /** {@link Stream#normForward}. */
  public static void normForward(View y, View mean, View rstd, View x, View gain, View shift) {
    long rows = x.rows();
    long columns = x.columns();
    Shapes.of("norm_forward")
        .is("y", y, rows, columns)
        .is("mean", mean, rows)
        .is("rstd", rstd, rows)
        .is("x", x, rows, columns)
        .is("gain", gain, columns)
        .is("shift", shift, columns);
  }

  /** {@link Stream#normBackward}. */
  public static void normBackward(
      View dx, View dgain, View dshift, View dy, View x, View mean, View rstd, View gain) {
    long rows = x.rows();
    long columns = x.columns();
    Shapes.of("norm_backward")
        .is("dx", dx, rows, columns)
        .is("dgain", dgain, columns)
        .is("dshift", dshift, columns)
        .is("dy", dy, rows, columns)
        .is("x", x, rows, columns)
        .is("mean", mean, rows)
        .is("rstd", rstd, rows)
        .is("gain", gain, columns);
  }

  /** {@link Stream#groupNormForward}. */
  public static void groupNormForward(
      View y, View mean, View rstd, View x, View gain, View shift, View modulation, int groups) {
    groupNorm(Shapes.of("group_norm_forward"), x, mean, rstd, gain, shift, modulation, groups)
        .is("y", y, x.elements());
  }

  /** {@link Stream#groupNormBackward}. */
  public static void groupNormBackward(
      View dx,
      View dgain,
      View dshift,
      View dmodulation,
      View dy,
      View x,
      View mean,
      View rstd,
      View gain,
      View shift,
      View modulation,
      int groups) {
    long channels = gain.elements();
    groupNorm(Shapes.of("group_norm_backward"), x, mean, rstd, gain, shift, modulation, groups)
        .is("dx", dx, x.elements())
        .is("dgain", dgain, channels)
        .is("dshift", dshift, channels)
        .maybe("dmodulation", dmodulation, x.rows(), 2, channels)
        .is("dy", dy, x.elements());
  }

  private static Shapes groupNorm(
      Shapes shapes,
      View x,
      View mean,
      View rstd,
      View gain,
      View shift,
      View modulation,
      int groups) {
    long rows = x.rows();
    long channels = gain.elements();
    shapes
        .that(
            groups >= 1 && channels >= groups && channels % groups == 0,
            "%d channels in %d groups".formatted(channels, groups))
        .is("x", x, rows, channels, x.columns() / channels)
        .is("mean", mean, rows, groups)
        .is("rstd", rstd, rows, groups)
        .is("gain", gain, channels)
        .is("shift", shift, channels);
    if (modulation != null)
      shapes
          .is("modulation", modulation, modulation.rows(), 2, channels)
          .that(
              modulation.rows() == 1 || modulation.rows() == rows,
              "modulation %s for x %s".formatted(modulation, x));
    return shapes;
  }

  /** {@link Stream#attentionForward}. */
  public static void attentionForward(View y, View logSumExp, View qkv, int heads) {
    attention(Shapes.of("attention_forward"), y, logSumExp, qkv, heads);
  }

  /** {@link Stream#attentionBackward}. */
  public static void attentionBackward(
      View dqkv, View dy, View y, View qkv, View logSumExp, int heads) {
    attention(Shapes.of("attention_backward"), y, logSumExp, qkv, heads)
        .is("dqkv", dqkv, qkv.elements())
        .is("dy", dy, y.elements());
  }

  private static Shapes attention(Shapes shapes, View y, View logSumExp, View qkv, int heads) {
    shapes.rank("logSumExp", logSumExp, 3);
    long[] shape = logSumExp.shape();
    long tokens = shape[0] * shape[2];
    shapes
        .that(tokens >= 1, "no tokens in %s".formatted(logSumExp))
        .exactly("logSumExp", logSumExp, shape[0], heads, shape[2]);
    long channels = y.elements() / tokens;
    return shapes
        .is("y", y, tokens, channels)
        .is("qkv", qkv, tokens, 3, channels)
        .that(
            heads >= 1 && channels % heads == 0 && channels >= heads && channels / heads <= 64,
            "%d channels in %d heads, a head has 1 … 64".formatted(channels, heads));
  }

  /** {@link Stream#dsmLoss}. */
  public static void dsmLoss(
      View dF, View loss, View error, View f, View noisy, View sigma, Gather gather) {
    long rows = f.rows();
    long dimension = gather.dimension();
    Shapes.of("dsm_loss")
        .maybe("dF", dF, rows, dimension)
        .is("loss", loss, rows)
        .is("error", error, rows)
        .is("F", f, rows, dimension)
        .maybe("noisy", noisy, rows, dimension)
        .is("sigma", sigma, rows)
        .gather(gather, rows);
  }

  /** {@link Stream#crossEntropy}. */
  public static void crossEntropy(
      View dlogits, View loss, View correct, View logits, View labels, View index) {
    long rows = logits.rows();
    Shapes shapes =
        Shapes.of("cross_entropy")
            .maybe("dlogits", dlogits, rows, logits.columns())
            .is("loss", loss, rows)
            .is("correct", correct, rows)
            .is("labels", labels, DType.U8, labels.elements());
    if (index != null) shapes.is("index", index, DType.I32, rows);
    else shapes.that(labels.elements() >= rows, "fewer labels than rows");
  }

  /** {@link Stream#softmaxForward}. */
  public static void softmaxForward(View p, View logits) {
    Shapes.of("softmax_forward").is("p", p, logits.rows(), logits.columns());
  }

  /** {@link Stream#softmaxBackward}. */
  public static void softmaxBackward(View dlogits, View dp, View p) {
    Shapes.of("softmax_backward")
        .is("dlogits", dlogits, p.rows(), p.columns())
        .is("dp", dp, p.rows(), p.columns());
  }

  /** {@link Stream#tokenEmbedding}. */
  public static void tokenEmbedding(View x, View labels, View tokens, View index, View table) {
    long length = tokens.columns();
    Shapes shapes =
        Shapes.of("token_embedding")
            .is("tokens", tokens, DType.U8, tokens.rows(), length)
            .that(length >= 1, "no tokens in %s".formatted(tokens));
    long rows = labels.elements() / length;
    shapes
        .is("labels", labels, DType.U8, rows, length)
        .is("table", table, table.rows(), table.columns())
        .is("x", x, rows * length, table.columns());
    if (index != null) shapes.is("index", index, DType.I32, rows);
    else shapes.that(tokens.rows() >= rows, "%d samples from %s".formatted(rows, tokens));
  }

  /** {@link Stream#reparameteriseForward}. */
  public static void reparameteriseForward(View z, View kl, View code, Noise noise, View step) {
    reparameterise(Shapes.of("reparameterise_forward"), z, code, noise, step)
        .is("z", z, z.rows(), z.columns())
        .maybe("kl", kl, z.rows());
  }

  /** {@link Stream#reparameteriseBackward}. */
  public static void reparameteriseBackward(
      View dcode, View dz, View code, Noise noise, View step) {
    reparameterise(Shapes.of("reparameterise_backward"), dz, code, noise, step)
        .is("dz", dz, dz.rows(), dz.columns())
        .is("dcode", dcode, dz.rows(), 2, dz.columns());
  }

  private static Shapes reparameterise(Shapes shapes, View z, View code, Noise noise, View step) {
    if (noise != null) shapes.is("step", step, DType.U8, Step.BYTES);
    return shapes.is("code", code, z.rows(), 2, z.columns());
  }

  /** {@link Stream#mmd}. */
  public static void mmd(View dz, View value, View z, View prior) {
    long rows = z.rows();
    long columns = z.columns();
    Shapes.of("mmd")
        .maybe("dz", dz, rows, columns)
        .is("value", value, rows)
        .is("z", z, rows, columns)
        .is("prior", prior, rows, columns)
        .that(rows >= 2, "of %d rows there is no estimate without bias".formatted(rows));
  }

  /** {@link Stream#adamwEma}. */
  public static void adamwEma(
      View p,
      View m,
      View v,
      View ema,
      View secondEma,
      View stopped,
      View g,
      View squaredNorm,
      View step) {
    long n = p.elements();
    Shapes.of("adamw_ema")
        .is("p", p, n)
        .is("m", m, n)
        .is("v", v, n)
        .is("ema", ema, n)
        .maybe("secondEma", secondEma, n)
        .is("stopped", stopped, DType.I64, 1)
        .is("g", g, n)
        .is("squaredNorm", squaredNorm, DType.F64, 1)
        .is("step", step, DType.U8, Step.BYTES);
  }

  /** {@link Stream#upload}. */
  public static void upload(View target, long bytes) {
    Shapes.of("upload").that(target.bytes() == bytes, bytes + " bytes for " + target);
  }

  /** {@link Stream#fill}. */
  public static void fill(View target) {
    Shapes.of("fill").is("target", target, target.elements());
  }

  /** {@link Stream#samplerStep}. */
  public static void samplerStep(View next, View x, View denoised, View previous, View at) {
    long rows = next.rows();
    long columns = next.columns();
    Shapes shapes = Shapes.of("sampler_step");
    if (at != null) shapes.is("at", at, DType.U8, Step.BYTES);
    shapes
        .is("next", next, rows, columns)
        .maybe("x", x, rows, columns)
        .maybe("denoised", denoised, rows, columns)
        .maybe("previous", previous, rows, columns);
  }

  /** {@link Stream#packMlp}. */
  public static void packMlp(View packed, long bytes, MlpWeights weights) {
    MlpShape shape = weights.shape();
    Shapes shapes = packed(Shapes.of("pack_mlp"), packed, bytes, shape);
    for (int i = 0; i < shape.layers(); i++) {
      MlpWeights.Layer layer = weights.layers().get(i);
      shapes
          .is("weight " + i, layer.weight(), shape.outputs(i), shape.inputs(i))
          .is("bias " + i, layer.bias(), shape.outputs(i))
          .maybe("gain " + i, layer.gain(), shape.inputs(i))
          .maybe("shift " + i, layer.shift(), shape.inputs(i))
          .that(
              (layer.gain() == null) == (layer.shift() == null), "layer " + i + " has half a norm");
    }
  }

  /** {@link Stream#mlpSampler}. */
  public static void mlpSampler(
      View x, View packed, long bytes, MlpShape shape, View modulation, View plan, View at) {
    long evaluations = plan.rows();
    Shapes shapes = packed(Shapes.of("mlp_sampler"), packed, bytes, shape);
    if (at != null) shapes.is("at", at, DType.U8, Step.BYTES);
    shapes
        .is("x", x, x.rows(), shape.latent())
        .is("plan", plan, evaluations, PlanRow.COLUMNS)
        .is("modulation", modulation, evaluations, shape.blocks(), shape.width())
        .that(evaluations >= 1, "a plan of no evaluation");
  }

  private static Shapes packed(Shapes shapes, View packed, long bytes, MlpShape shape) {
    return shapes
        .that(bytes > 0, shape + " does not fit this device and its precision")
        .is("packed", packed, DType.U8, bytes)
        .that(packed.address() % 16 == 0, "packed is not at a multiple of 16 bytes");
  }

  /** {@link Stream#mixtureDenoiser}. */
  public static void mixtureDenoiser(
      View denoised,
      View logDensity,
      View x,
      View centres,
      View logWeights,
      View variances,
      View sigma) {
    long rows = x.rows();
    long columns = x.columns();
    long components = centres.rows();
    Shapes.of("mixture_denoiser")
        .is("denoised", denoised, rows, columns)
        .maybe("logDensity", logDensity, rows)
        .is("x", x, rows, columns)
        .is("centres", centres, components, columns)
        .maybe("logWeights", logWeights, components)
        .maybe("variances", variances, components)
        .is("sigma", sigma, rows)
        .that(components >= 1 && columns >= 1, "no components, or no coordinates")
        .that(denoised.address() != x.address(), "denoised is x");
  }

  /** {@link Stream#randomFeatures}. */
  public static void randomFeatures(View features, View x) {
    Shapes.of("random_features")
        .is("features", features, x.rows(), features.columns())
        .is("x", x, x.rows(), x.columns())
        .that(x.columns() >= 1, "no coordinates");
  }

  /** {@link Stream#sumOfSquares}. */
  public static void sumOfSquares(View sum, View x) {
    Shapes.of("sum_of_squares").is("sum", sum, DType.F64, 1).is("x", x, x.elements());
  }

  /** {@link Stream#binErrors}. */
  public static void binErrors(View sums, View sigma, View error, View loss) {
    long rows = sigma.elements();
    Shapes.of("bin_errors")
        .is("sums", sums, DType.F64, sums.rows(), 4)
        .is("sigma", sigma, rows)
        .is("error", error, rows)
        .is("loss", loss, rows);
  }

  /** {@link Stream#rowMaximum}. */
  public static void rowMaximum(View value, View index, View x) {
    long rows = x.rows();
    Shapes.of("row_maximum")
        .is("value", value, rows)
        .is("index", index, DType.I32, rows)
        .is("x", x, rows, x.columns());
  }

  /** {@link Stream#conv2dForward}. */
  public static void conv2dForward(
      View y, View x, View w, View bias, View residual, Convolution geometry) {
    Shapes shapes =
        convolution(Shapes.of("conv2d_forward"), "y", y, x, w, geometry)
            .maybe("bias", bias, w.rows())
            .that(residual == null || residual.address() != y.address(), "y is its own residual");
    if (residual != null) shapes.exactly("residual", residual, y.shape());
  }

  /** {@link Stream#conv2dBackward}. */
  public static void conv2dBackward(
      View dx, View dw, View dbias, View dy, View x, View w, Convolution geometry) {
    Shapes shapes = convolution(Shapes.of("conv2d_backward"), "dy", dy, x, w, geometry);
    if (dx != null) shapes.exactly("dx", dx, x.shape());
    shapes.exactly("dw", dw, w.shape()).maybe("dbias", dbias, w.rows());
  }

  private static Shapes convolution(
      Shapes shapes, String name, View y, View x, View w, Convolution geometry) {
    shapes.rank("x", x, 4).rank("w", w, 4);
    long[] image = x.shape();
    long[] window = w.shape();
    long height = geometry.outputs(image[2], window[2]);
    long width = geometry.outputs(image[3], window[3]);
    return shapes
        .exactly("x", x, image)
        .exactly("w", w, window[0], image[1], window[2], window[3])
        .that(height > 0 && width > 0, "%s does not fit %s, %s".formatted(w, x, geometry))
        .exactly(name, y, image[0], window[0], height, width);
  }

  /** {@link Stream#resample}. */
  public static void resample(View y, View x, int height, int width, Resampling kind) {
    boolean up = kind == Resampling.UP;
    Shapes shapes =
        Shapes.of("resample")
            .that(height > 0 && width > 0, "planes of %d × %d".formatted(height, width))
            .that(
                up || height % 2 == 0 && width % 2 == 0,
                "planes of %d × %d have no half".formatted(height, width));
    long planes = x.elements() / ((long) height * width);
    long rows = up ? 2L * height : height / 2;
    long columns = up ? 2L * width : width / 2;
    shapes.is("x", x, planes, height, width).is("y", y, planes, rows, columns);
  }
}
