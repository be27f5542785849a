package dev.sild.training;

import dev.sild.baseline.LatentPenalty;
import dev.sild.bindings.Gather;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Noise;
import dev.sild.bindings.SigmaLaw;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.Source;
import dev.sild.network.Parameters;
import dev.sild.sild.Bottleneck;

/** The first stage of the rivals: (‖g(f(x)) − x‖² + w · penalty)/D of clean samples. */
final class ReconstructionObjective implements Objective {
  private static final Noise NONE = new Noise(0, 0);
  private static final SigmaLaw CLEAN = new SigmaLaw.Fixed(0);

  private final Parameters parameters;
  private final Bottleneck network;
  private final LatentPenalty penalty;
  private final double weight;
  private final Source source;
  private final Slot x;
  private final Slot clear;
  private final Slot ones;
  private final Slot dy;
  private final Slot loss;
  private final Slot error;

  /**
   * @param weight w/D
   * @param activations where the objective's own tensors are planned
   */
  ReconstructionObjective(
      Parameters parameters,
      Bottleneck network,
      LatentPenalty penalty,
      double weight,
      Source source,
      MemoryPlan activations,
      int batch) {
    this.parameters = parameters;
    this.network = network;
    this.penalty = penalty;
    this.weight = weight;
    this.source = source;
    x = activations.add("x", batch, source.dimension());
    clear = activations.add("sigma", batch);
    ones = activations.add("ones", batch);
    dy = activations.add("dy", batch, source.dimension());
    loss = activations.add("loss", batch);
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
    stream.perturb(x.view(), clear.view(), clean, CLEAN, 0, NONE, step);
    stream.fill(ones.view(), 1); // the weight 1/σ² of denoising score matching is 1 here
    View z = penalty.latent(stream, network.encode(stream, x.view()), step);
    View y = network.decode(stream, z);
    stream.dsmLoss(dy.view(), loss.view(), error.view(), y, null, ones.view(), clean, 0);
    View dz = network.backwardDecoder(stream, dy.view());
    network.backwardEncoder(stream, penalty.backward(stream, dz, step));
    if (penalty.value() != null)
      stream.samplerStep(
          loss.view(), loss.view(), 1, penalty.value(), weight, null, 0, 0, NONE, null, 0);
  }

  @Override
  public View loss() {
    return loss.view();
  }

  @Override
  public View error() {
    return error.view();
  }

  /** One throughout: the rivals know no noise level. */
  @Override
  public View sigma() {
    return ones.view();
  }
}
