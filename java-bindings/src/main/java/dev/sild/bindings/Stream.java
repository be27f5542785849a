package dev.sild.bindings;

import java.lang.foreign.MemorySegment;

/**
 * One method an op, carried out in the order of the calls. Outputs come first. B rows, D ambient
 * coordinates, N outputs, K inputs; every view is f32 unless its line says otherwise. Wrong shapes
 * throw {@link IllegalArgumentException}, a failed op {@link DeviceException}; both name op and
 * shapes. A stream is used by one thread at a time.
 */
public interface Stream extends AutoCloseable {

  /**
   * Copies host memory to a view, in the order of the stream. The source may be changed as soon as
   * this returns.
   */
  void upload(View target, MemorySegment source);

  /** Sets every element of an f32 view. */
  void fill(View target, double value);

  /**
   * Work that is carried out again and again. It must issue the same ops on the same views each
   * time, and neither copy to or from the host nor look at a result: a device may replay what it
   * saw.
   */
  Recording record(Runnable work);

  /**
   * Rows of a data bank, uniform on 0 … rows − 1.
   *
   * @param index (B, parts) i32
   * @param step what {@link Step#writeTo} wrote
   */
  void drawIndices(View index, long rows, Noise noise, View step);

  /**
   * The forward process x_σ = x + σ n.
   *
   * @param noisy (B, D), multiplied by c_in(σ; sigmaData)
   * @param sigma (B)
   * @param sigmaData σ_data of the preconditioning, 0 for none
   */
  void perturb(
      View noisy,
      View sigma,
      Gather gather,
      SigmaLaw law,
      double sigmaData,
      Noise noise,
      View step);

  /**
   * Fourier features of ¼ ln σ.
   *
   * @param embedding (B, E), E even
   * @param sigma (B)
   */
  void timeEmbedding(View embedding, View sigma);

  /**
   * y = residual + gain ∘ φ(u), u = x wᵀ + bias + modulation.
   *
   * @param y (B, N)
   * @param u (B, N), or null if no backward pass follows
   * @param x (B, K)
   * @param w (N, K)
   */
  void linearForward(View y, View u, View x, View w, Epilogue epilogue);

  /**
   * du = dy ∘ gain ∘ φ'(u), dbias = Σ_b du, dw = duᵀ x, dx = du w.
   *
   * @param dx (B, K) or null
   * @param dw (N, K)
   * @param dbias (N) or null
   * @param du (B, N): the gradient of the modulation too; may be dy
   * @param u (B, N), null for the identity
   * @param gain (N) or null
   * @param addDx add to what stands in dx (a residual's gradient)
   * @param addDw add to what stands in dw (tied weights)
   */
  void linearBackward(
      View dx,
      View dw,
      View dbias,
      View du,
      View dy,
      View u,
      View x,
      View w,
      View gain,
      Activation activation,
      boolean addDx,
      boolean addDw);

  /**
   * c = op(a) op(b), or c += with {@code add}.
   *
   * @param c (M, N)
   * @param a (M, K), or (K, M) if transposed
   * @param b (K, N), or (N, K) if transposed
   */
  void matmul(View c, View a, boolean transposeA, View b, boolean transposeB, boolean add);

  /**
   * Layer norm over the columns of each row.
   *
   * @param y (B, N)
   * @param mean (B)
   * @param rstd (B), 1/√(variance + 10⁻⁵)
   * @param x (B, N)
   * @param gain (N)
   * @param shift (N)
   */
  void normForward(View y, View mean, View rstd, View x, View gain, View shift);

  /** Gradients of {@link #normForward}; dx may be dy. With {@code addDx}, dx is added to. */
  void normBackward(
      View dx,
      View dgain,
      View dshift,
      View dy,
      View x,
      View mean,
      View rstd,
      View gain,
      boolean addDx);

  /**
   * Denoising score matching: error_b = ‖D − x‖², loss_b = λ(σ_b) error_b / D, and the gradient of
   * the batch mean of loss.
   *
   * @param dF (B, D) or null
   * @param loss (B)
   * @param error (B)
   * @param f (B, D), the network's output
   * @param noisy (B, D), what {@link #perturb} wrote
   */
  void dsmLoss(
      View dF,
      View loss,
      View error,
      View f,
      View noisy,
      View sigma,
      Gather gather,
      double sigmaData);

  /**
   * Cross-entropy and the gradient of its batch mean.
   *
   * @param dlogits (B, C) or null
   * @param loss (B)
   * @param correct (B), 1 where the largest logit is the label's
   * @param logits (B, C)
   * @param labels (rows) u8
   * @param index (B) i32 into labels, or null
   */
  void crossEntropy(View dlogits, View loss, View correct, View logits, View labels, View index);

  /**
   * A sample of the Gaussian that an encoder gives, reparameterised (Kingma and Welling 2014): z =
   * μ + e^{l/2} n with n standard normal, element j of sample {@code firstSample + b} at step 0.
   *
   * @param z (B, Z)
   * @param kl (B) or null: KL(N(μ, e^l) ‖ N(0, I)) = ½ Σ (μ² + e^l − 1 − l), in nats
   * @param code (B, 2Z): μ, then l = ln variance, which is kept in [−30, 20]
   * @param noise null for z = μ
   * @param step what {@link Step#writeTo} wrote; not looked at without noise
   */
  void reparameteriseForward(View z, View kl, View code, Noise noise, View step);

  /**
   * Gradient of {@link #reparameteriseForward}, with the same noise: dμ = dz + weight μ, dl = ½ dz
   * e^{l/2} n + ½ weight (e^l − 1), and 0 where l was not within its limits.
   *
   * @param dcode (B, 2Z)
   * @param dz (B, Z)
   * @param weight of each row's KL in the loss: β/B for the batch mean of β KL
   */
  void reparameteriseBackward(
      View dcode, View dz, View code, double weight, Noise noise, View step);

  /**
   * The squared maximum mean discrepancy of a batch from draws of its prior, unbiased (Gretton et
   * al. 2012, lemma 6), and its gradient. The kernel is that of WAE-MMD (Tolstikhin et al. 2018):
   * Σ_s C_s/(C_s + ‖x − y‖²), C_s = 2 Z s, s = 0.1, 0.2, 0.5, 1, 2, 5, 10.
   *
   * @param dz (B, Z) or null; weight · ∂MMD²/∂z is added to it
   * @param value (B): its mean is MMD²
   * @param z (B, Z), B at least 2
   * @param prior (B, Z), drawn from N(0, I), as {@link #samplerStep} does
   */
  void mmd(View dz, View value, View z, View prior, double weight);

  /**
   * One step of AdamW and of one or two moving averages over all parameters, in one pass.
   *
   * @param p (n) parameters; m, v moments; ema moving average; g gradients, all alike
   * @param secondEma (n) or null: a moving average with a decay of its own
   * @param stopped (1) i64: 0, or 1 + first sample of the first step whose gradient was not finite;
   *     from there on nothing changes
   * @param squaredNorm (1) f64, ‖g‖²
   */
  void adamwEma(
      View p,
      View m,
      View v,
      View ema,
      View secondEma,
      View stopped,
      View g,
      View squaredNorm,
      View step,
      AdamW rule);

  /**
   * next = a x + b denoised + c previous + s z with z standard normal. A term that is null is not
   * there.
   *
   * @param next (B, N), may be x
   * @param x (B, N) or null
   * @param denoised (B, N) or null
   * @param previous (B, N) or null
   * @param at what {@link Step#writeTo} wrote, for the index of row 0's sample; null for 0
   * @param step which step of the trajectory draws
   */
  void samplerStep(
      View next,
      View x,
      double a,
      View denoised,
      double b,
      View previous,
      double c,
      double s,
      Noise noise,
      View at,
      int step);

  /**
   * Bytes of a network as {@link #packMlp} packs it for this device; 0 where the device cannot
   * carry it through a trajectory (plain f32 products on a GPU, or too little shared memory): then
   * every evaluation is launched by itself.
   */
  long mlpPackedBytes(MlpShape shape);

  /**
   * Whether {@link #mlpSampler} is the faster way here to carry many samples through a whole
   * trajectory; then the device can.
   */
  boolean prefersMlpSampler(MlpShape shape);

  /**
   * Packs a network for {@link #mlpSampler}.
   *
   * @param packed (mlpPackedBytes) u8, at a multiple of 16 bytes
   */
  void packMlp(View packed, MlpWeights weights);

  /**
   * The whole reverse trajectory of a latent network: what {@link #linearForward}, {@link
   * #normForward} and {@link #samplerStep} do evaluation by evaluation, in one call.
   *
   * @param x (B, latent); begins as start · z, z drawn at step −1, if start &gt; 0
   * @param modulation (evaluations, blocks, width): what σ adds before each block's SiLU
   * @param plan (evaluations, 9), from {@link PlanRow#table}
   * @param at what {@link Step#writeTo} wrote, for the index of row 0's sample; null for 0
   */
  void mlpSampler(
      View x,
      View packed,
      MlpShape shape,
      View modulation,
      View plan,
      double start,
      Noise noise,
      View at);

  /**
   * The exact denoiser of a mixture Σ_i w_i N(centre_i, variance_i I), in f32 whatever the
   * precision; without variances and weights that of a data set. Posteriors are a streaming
   * softmax: B × M is never in memory.
   *
   * @param denoised (B, D), not x
   * @param logDensity (B) or null: ln p_σ(x), p_σ the mixture with variance_i + σ²
   * @param x (B, D)
   * @param centres (M, D)
   * @param logWeights (M), ln w_i; null: all 1/M
   * @param variances (M) or null: all 0
   * @param sigma (B), positive
   */
  void mixtureDenoiser(
      View denoised,
      View logDensity,
      View x,
      View centres,
      View logWeights,
      View variances,
      View sigma);

  /**
   * Features φ(scale · ⟨w_p, x⟩) whose weights w_pj ~ N(0, 1) are drawn as they are needed: feature
   * p is sample firstFeature + p of the drawing, coordinate j its element j, at step 0.
   *
   * @param features (B, P)
   * @param x (B, D)
   */
  void randomFeatures(
      View features, View x, RandomFeature kind, double scale, Noise noise, long firstFeature);

  /**
   * Σ x².
   *
   * @param sum (1) f64
   */
  void sumOfSquares(View sum, View x);

  /**
   * Adds count, Σ error, Σ error² and Σ loss of the rows to their bin, bins uniform in ln σ.
   *
   * @param sums (bins, 4) f64
   */
  void binErrors(View sums, View sigma, View error, View loss, double low, double high);

  /**
   * Largest entry of each row, and the first place where it stands.
   *
   * @param value (B)
   * @param index (B) i32
   * @param x (B, N)
   */
  void rowMaximum(View value, View index, View x);

  /**
   * y[b,k,p,q] = residual[b,k,p,q] + bias[k] + Σ x[b, c, p·stride + r − padding, q·stride + s −
   * padding] w[k,c,r,s], the sum over c, r, s. P and Q as {@link Convolution#outputs} has them.
   *
   * @param y (B, K, P, Q)
   * @param x (B, C, H, W)
   * @param w (K, C, R, S)
   * @param bias (K) or null
   * @param residual (B, K, P, Q) or null; not y
   */
  void conv2dForward(View y, View x, View w, View bias, View residual, Convolution geometry);

  /**
   * Gradients of {@link #conv2dForward}.
   *
   * @param dx (B, C, H, W) or null
   * @param dw (K, C, R, S)
   * @param dbias (K) or null
   * @param addDx add to what stands in dx
   */
  void conv2dBackward(
      View dx, View dw, View dbias, View dy, View x, View w, Convolution geometry, boolean addDx);

  /**
   * y = scale · x resampled, or y += with {@code add}. The backward pass of UP is DOWN with 4 times
   * the scale, that of DOWN is UP with a quarter of it.
   *
   * @param y (…, 2 height, 2 width) for UP, (…, height/2, width/2) for DOWN
   * @param x (…, height, width), both even for DOWN
   */
  void resample(View y, View x, int height, int width, Resampling kind, double scale, boolean add);

  /** Returns when everything issued so far is done. */
  void synchronize();

  @Override
  void close();
}
