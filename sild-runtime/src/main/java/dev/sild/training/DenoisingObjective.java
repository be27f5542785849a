package dev.sild.training;

import dev.sild.bindings.Gather;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Noise;
import dev.sild.bindings.SigmaLaw;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.Source;
import dev.sild.network.Parameters;

/** Denoising score matching, the one objective of both stages: E_σ λ(σ) E‖D(x + σ n; σ) − x‖². */
final class DenoisingObjective implements Objective {
  private final Parameters parameters;
  private final ScoreNetwork network;
  private final Source source;
  private final SigmaLaw law;
  private final double sigmaData;
  private final Noise noise;
  private final Slot noisy;
  private final Slot sigma;
  private final Slot dF;
  private final Slot loss;
  private final Slot error;

  /**
   * @param sigmaData σ_data of the preconditioning; 0 for the collapse stage, which has none
   * @param activations where the objective's own tensors are planned
   */
  DenoisingObjective(
      Parameters parameters,
      ScoreNetwork network,
      Source source,
      SigmaLaw law,
      double sigmaData,
      Noise noise,
      MemoryPlan activations,
      int batch) {
    this.parameters = parameters;
    this.network = network;
    this.source = source;
    this.law = law;
    this.sigmaData = sigmaData;
    this.noise = noise;
    int dimension = source.dimension();
    noisy = activations.add("noisy", batch, dimension);
    sigma = activations.add("sigma", batch);
    dF = activations.add("dF", batch, dimension);
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
    stream.perturb(noisy.view(), sigma.view(), clean, law, sigmaData, noise, step);
    View f = network.forward(stream, noisy.view(), sigma.view(), source.labels());
    stream.dsmLoss(
        dF.view(), loss.view(), error.view(), f, noisy.view(), sigma.view(), clean, sigmaData);
    network.backward(stream, dF.view());
  }

  @Override
  public View loss() {
    return loss.view();
  }

  @Override
  public View error() {
    return error.view();
  }

  @Override
  public View sigma() {
    return sigma.view();
  }
}
