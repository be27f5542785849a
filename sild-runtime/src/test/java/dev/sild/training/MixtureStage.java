package dev.sild.training;

import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Noise;
import dev.sild.bindings.SigmaLaw;
import dev.sild.bindings.Stream;
import dev.sild.diffusion.LatentNetwork;
import dev.sild.diffusion.LatentPerceptron;
import dev.sild.network.Blueprint;
import dev.sild.network.Parameters;
import dev.sild.sampling.GaussianMixture;
import dev.sild.sild.Optimisation;

/** The refine stage on a mixture instead of latents, piece by piece. */
final class MixtureStage implements AutoCloseable {
  static final double P_MEAN = -0.8;
  static final double P_STD = 1.2;

  final Device device;
  final Stream stream;
  final Parameters parameters = new Parameters();
  final MemoryPlan activations = new MemoryPlan("test");
  final MixtureSource source;
  final DenoisingObjective objective;
  final Optimisation.Refine rule;
  final Trainer trainer;
  private final int width;
  private final int blocks;

  MixtureStage(GaussianMixture mixture, Optimisation.Refine rule, int width, int blocks, int seed) {
    this(Device.open("cpu"), null, mixture, rule, width, blocks, seed);
  }

  /** Owns the device, and the stream; null for one of its own. */
  MixtureStage(
      Device device,
      Stream given,
      GaussianMixture mixture,
      Optimisation.Refine rule,
      int width,
      int blocks,
      int seed) {
    this.device = device;
    stream = given == null ? device.openStream() : given;
    this.rule = rule;
    this.width = width;
    this.blocks = blocks;
    source = new MixtureSource(device, mixture, rule.batch(), seed);
    Blueprint blueprint = new Blueprint(parameters, activations, rule.batch(), true);
    objective =
        new DenoisingObjective(
            parameters,
            ScoreNetwork.of(network(blueprint)),
            source,
            new SigmaLaw.LogNormal(rule.pMean(), rule.pStd()),
            LatentNetwork.SIGMA_DATA,
            new Noise(seed, 3),
            activations,
            rule.batch());
    parameters.allocate(device, true);
    activations.allocate(device);
    parameters.initialise(stream, new Noise(seed, 1));
    double reach = 3 * rule.pStd();
    trainer =
        new Trainer(
            "refine",
            device,
            stream,
            objective,
            rule,
            Math.exp(rule.pMean() - reach),
            Math.exp(rule.pMean() + reach));
  }

  static Optimisation.Refine rule(long steps, int batch, double learningRate) {
    return new Optimisation.Refine(
        P_MEAN, P_STD, steps, batch, 0, learningRate, 50, Optimisation.Decay.COSINE, 0, 1, 0.1, 0);
  }

  /** The same network without a backward pass, over these parameters or others alike. */
  LatentNetwork network(Blueprint blueprint) {
    return new LatentPerceptron(
        blueprint, "denoiser", source.dimension(), width, blocks, 32, 0, false);
  }

  @Override
  public void close() {
    trainer.close();
    source.close();
    activations.close();
    parameters.close();
    stream.close();
    device.close();
  }
}
