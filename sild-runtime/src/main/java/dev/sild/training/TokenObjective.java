package dev.sild.training;

import dev.sild.baseline.LatentPenalty;
import dev.sild.bindings.Gather;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Noise;
import dev.sild.bindings.SigmaLaw;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.TokenShape;
import dev.sild.data.molecule.TokenSource;
import dev.sild.network.Parameters;
import dev.sild.sild.Bottleneck;

/**
 * The first stage of molecules. Noise is added where their tokens are embedded, one unit vector e_v
 * a token; D = Σ_v p_v e_v. Of one-hot vectors the squared error ‖D − x‖² is Brier's score of the
 * probabilities p, and the cross-entropy −ln p_x is the other strictly proper score: both are least
 * where p is the posterior, so D is the posterior mean either way (Gneiting and Raftery, J. Am.
 * Stat. Assoc. 102, 359, 2007). Trained by the cross-entropy, whose gradient does not vanish where
 * p is sure and wrong; λ(σ) = 1, for the weight 1/σ² that forces coordinates onto a manifold has
 * nothing to force where the data are points.
 *
 * <p>The rivals have the same loss of clean molecules, and their penalty.
 */
final class TokenObjective implements Objective {
  private static final Noise NONE = new Noise(0, 0);

  private final Parameters parameters;
  private final Bottleneck network;
  private final LatentPenalty penalty;
  private final double weight;
  private final TokenSource source;
  private final TokenShape shape;
  private final SigmaLaw law;
  private final Noise noise;
  private final Slot noisy;
  private final Slot sigma;
  private final Slot gradient;
  private final Slot tokenLoss;
  private final Slot correct;
  private final Slot mean;
  private final Slot loss;
  private final Slot error;

  /**
   * @param penalty of the latents, none of SiLD's
   * @param weight of the penalty of a row against the mean cross-entropy of its tokens
   * @param law of the noise; none for the rivals
   * @param activations where the objective's own tensors are planned
   */
  TokenObjective(
      Parameters parameters,
      Bottleneck network,
      LatentPenalty penalty,
      double weight,
      TokenSource source,
      TokenShape shape,
      SigmaLaw law,
      Noise noise,
      MemoryPlan activations,
      int batch) {
    this.parameters = parameters;
    this.network = network;
    this.penalty = penalty;
    this.weight = weight;
    this.source = source;
    this.shape = shape;
    this.law = law;
    this.noise = noise;
    noisy = activations.add("noisy", batch, shape.size());
    sigma = activations.add("sigma", batch);
    gradient = activations.add("dlogits", batch, shape.size());
    tokenLoss = activations.add("token loss", batch, shape.length());
    correct = activations.add("correct", (long) batch * shape.length());
    mean = activations.add("mean", shape.length(), 1);
    loss = activations.add("loss", batch, 1);
    error = activations.add("error", batch);
  }

  @Override
  public Parameters parameters() {
    return parameters;
  }

  @Override
  public void prepare(Stream stream, long firstSample, int rows) {
    source.prepare(stream, firstSample, rows);
  }

  @Override
  public void gradients(Stream stream, View step, int rows) {
    Gather clean = source.batch(stream, step, rows);
    stream.perturb(noisy.view(), sigma.view(), clean, law, 0, noise, step);
    View z = penalty.latent(stream, network.encode(stream, noisy.view()), step);
    measure(stream, network.decode(stream, z), clean, rows);
    View dz = network.backwardLogits(stream, gradient.view());
    network.backwardEncoder(stream, penalty.backward(stream, dz, step));
    if (penalty.value() == null) return;
    stream.samplerStep(loss(), loss(), 1, penalty.value(), weight, null, 0, 0, NONE, null, 0);
  }

  /** ‖D − x‖², and the cross-entropy, mean over the tokens of a row, which is the loss. */
  private void measure(Stream stream, View p, Gather clean, int rows) {
    if (law instanceof SigmaLaw.Fixed) stream.fill(sigma.view(), 1); // no weight without noise
    stream.dsmLoss(null, loss(), error.view(), p, null, sigma.view(), clean, 0);
    stream.crossEntropy(
        perToken(gradient.view()),
        tokenLoss.view().reshape((long) rows * shape.length()),
        correct.view(),
        perToken(network.logits()),
        source.tokens(rows),
        null);
    stream.fill(mean.view(), 1.0 / shape.length());
    stream.matmul(loss.view(), tokenLoss.view(), false, mean.view(), false, false);
  }

  private View perToken(View rows) {
    return rows.reshape(rows.rows() * shape.length(), shape.columns());
  }

  @Override
  public View loss() {
    return loss.view().reshape(loss.view().rows());
  }

  @Override
  public View error() {
    return error.view();
  }

  /** One throughout for the rivals, who know no noise level. */
  @Override
  public View sigma() {
    return sigma.view();
  }
}
