package dev.sild.training;

import dev.sild.Purpose;
import dev.sild.baseline.AdversarialPenalty;
import dev.sild.baseline.LatentPenalty;
import dev.sild.baseline.MmdPenalty;
import dev.sild.baseline.PosteriorPenalty;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Noise;
import dev.sild.bindings.SigmaLaw;
import dev.sild.data.Moments;
import dev.sild.data.SampleSpace;
import dev.sild.data.Source;
import dev.sild.data.molecule.TokenSource;
import dev.sild.network.Blueprint;
import dev.sild.network.ConservativeNetwork;
import dev.sild.network.Layer;
import dev.sild.network.Parameter;
import dev.sild.network.Parameters;
import dev.sild.network.Parameters.Kind;
import dev.sild.network.Weights;
import dev.sild.sild.Baseline;
import dev.sild.sild.Bottleneck;
import dev.sild.sild.ConservativeAutoencoder;
import dev.sild.sild.Method;
import dev.sild.sild.Optimisation;
import dev.sild.sild.RunConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** What gives a sample its latent: collapse, or the reconstruction that the rivals learn. */
final class FirstStage {
  private static final int CENTRE = 4096;
  private static final int CENTRE_NUMBERS = 1 << 25;

  private FirstStage() {}

  static Stage collapse(Stage.Setting s) {
    if (ofTokens(s.config())) return tokens(s);
    Parameters parameters = new Parameters();
    MemoryPlan activations = new MemoryPlan("activations");
    Optimisation.Collapse collapse = s.config().collapse();
    Blueprint blueprint = new Blueprint(parameters, activations, collapse.rows(), true);
    RunConfig.Autoencoder spec = s.config().autoencoder();
    int dimension = s.data().dimension();
    boolean conservative = spec.kind() == RunConfig.AutoencoderKind.CONSERVATIVE;
    Layer network =
        conservative
            ? new ConservativeNetwork(blueprint, "conservative", dimension, spec.width())
            : Bottleneck.of(blueprint, spec, s.data().space());
    UnaryOperator<Weights> finish =
        conservative ? weights -> PrincipalAxes.append(s, weights) : UnaryOperator.identity();
    return denoising(
        s, parameters, activations, network, Purpose.INITIAL_AUTOENCODER, finish, null);
  }

  static Stage decode(Stage.Setting s, Weights finished) {
    Parameters frozen = new Parameters();
    Parameters parameters = new Parameters();
    MemoryPlan activations = new MemoryPlan("activations");
    int batch = s.config().collapse().rows();
    Layer network =
        new ConservativeAutoencoder(
            new Blueprint(frozen, activations, batch, false),
            new Blueprint(parameters, activations, batch, true),
            s.config().autoencoder(),
            s.data().dimension());
    frozen.allocate(s.device(), false);
    finished.copyTo(frozen, Kind.VALUE);
    return denoising(
        s,
        parameters,
        activations,
        network,
        Purpose.INITIAL_DECODER,
        UnaryOperator.identity(),
        frozen);
  }

  /**
   * An autoencoder and what stands in it: of the rivals, and of molecules SiLD's, with nothing.
   *
   * @param weight of the penalty against the mean squared error of the coordinates, or the mean
   *     cross-entropy of the tokens
   */
  record Rival(Bottleneck network, LatentPenalty penalty, double weight) {

    /** Declares both. */
    static Rival of(RunConfig config, int seed, Blueprint blueprint, SampleSpace space) {
      RunConfig.Autoencoder sizes = config.autoencoder();
      Baseline rules = config.baseline();
      Noise prior = Purpose.PRIOR_SAMPLES.noise(seed);
      int latent = config.latent(space);
      double unit = 1.0 / (ofTokens(config) ? space.tokens().length() : space.dimension());
      if (config.method() == Method.VAE) {
        double weight = rules.klWeight() * unit;
        Noise posterior = Purpose.POSTERIOR_NOISE.noise(seed);
        return new Rival(
            Bottleneck.variational(blueprint, sizes, space),
            new PosteriorPenalty(blueprint, latent, weight, posterior),
            weight);
      }
      Bottleneck network = Bottleneck.of(blueprint, sizes, space);
      return switch (config.method()) {
        case MMD -> {
          double weight = rules.mmdWeight() * unit;
          yield new Rival(network, new MmdPenalty(blueprint, latent, weight, prior), weight);
        }
        case GAN -> {
          double weight = rules.adversaryWeight() * unit;
          LatentPenalty adversary =
              new AdversarialPenalty(
                  blueprint,
                  latent,
                  rules.adversaryWidth(),
                  rules.adversaryBlocks(),
                  weight,
                  prior);
          yield new Rival(network, adversary, weight);
        }
        case SILD, AE, GMM -> new Rival(network, LatentPenalty.NONE, 0);
        case VAE, AMBIENT -> throw new IllegalArgumentException(config.method().key());
      };
    }
  }

  private static boolean ofTokens(RunConfig config) {
    return config.autoencoder().kind() == RunConfig.AutoencoderKind.TOKENS;
  }

  /** Collapse, or a rival's reconstruction, of molecules. */
  private static Stage tokens(Stage.Setting s) {
    Parameters parameters = new Parameters();
    MemoryPlan activations = new MemoryPlan("activations");
    Optimisation.Collapse rule = s.config().collapse();
    Blueprint blueprint = new Blueprint(parameters, activations, rule.rows(), true);
    SampleSpace space = s.data().space();
    Rival rival = Rival.of(s.config(), s.seed(), blueprint, space); // refuses what has no tokens
    TokenSource source = (TokenSource) samples(s);
    boolean collapses = s.config().method() == Method.SILD;
    SigmaLaw law =
        collapses
            ? new SigmaLaw.LogUniform(rule.sigmaMin(), rule.sigmaMax())
            : new SigmaLaw.Fixed(0);
    TokenObjective objective =
        new TokenObjective(
            parameters,
            rival.network,
            rival.penalty,
            rival.weight,
            source,
            space.tokens(),
            law,
            Purpose.COLLAPSE_NOISE.noise(s.seed()),
            activations,
            rule.rows());
    s.ready(parameters, activations, Purpose.INITIAL_AUTOENCODER);
    UnaryOperator<Weights> finish = weights -> weights.without(AdversarialPenalty.NAME + ".");
    return new Stage(
        objective,
        rule,
        collapses ? rule.sigmaMin() : 0.5,
        collapses ? rule.sigmaMax() : 2,
        finish,
        List.of(source, activations, parameters));
  }

  /** The rivals' autoencoders: the same sizes, optimiser, samples and initial law as collapse. */
  static Stage reconstruct(Stage.Setting s) {
    if (ofTokens(s.config())) return tokens(s);
    Parameters parameters = new Parameters();
    MemoryPlan activations = new MemoryPlan("activations");
    Optimisation.Collapse rule = s.config().collapse();
    Blueprint blueprint = new Blueprint(parameters, activations, rule.rows(), true);
    Rival rival = Rival.of(s.config(), s.seed(), blueprint, s.data().space());
    Source source = samples(s);
    ReconstructionObjective objective =
        new ReconstructionObjective(
            parameters,
            rival.network,
            rival.penalty,
            rival.weight,
            source,
            activations,
            rule.rows());
    s.ready(parameters, activations, Purpose.INITIAL_AUTOENCODER);
    centre(s, parameters, source, rule.rows());
    UnaryOperator<Weights> finish = weights -> weights.without(AdversarialPenalty.NAME + ".");
    return new Stage(objective, rule, 0.5, 2, finish, List.of(source, activations, parameters));
  }

  private static Source samples(Stage.Setting s) {
    return s.data()
        .training(
            s.device(), s.config().collapse().rows(), Purpose.TRAINING_SAMPLES.noise(s.seed()));
  }

  /** The small-σ objective over a network that does not see σ. */
  private static Stage denoising(
      Stage.Setting s,
      Parameters parameters,
      MemoryPlan activations,
      Layer network,
      Purpose initial,
      UnaryOperator<Weights> finish,
      AutoCloseable alsoOwned) {
    Optimisation.Collapse collapse = s.config().collapse();
    Source source = samples(s);
    SigmaLaw law = new SigmaLaw.LogUniform(collapse.sigmaMin(), collapse.sigmaMax());
    DenoisingObjective objective =
        new DenoisingObjective(
            parameters,
            ScoreNetwork.blind(network),
            source,
            law,
            0,
            Purpose.COLLAPSE_NOISE.noise(s.seed()),
            activations,
            collapse.rows());
    s.ready(parameters, activations, initial);
    centre(s, parameters, source, collapse.rows());
    List<AutoCloseable> owned = new ArrayList<>(List.of(source, activations, parameters));
    if (alsoOwned != null) owned.add(alsoOwned);
    return new Stage(objective, collapse, collapse.sigmaMin(), collapse.sigmaMax(), finish, owned);
  }

  /**
   * Starts the network at the data's mean: Adam moves a bias by at most the learning rate a step,
   * and would spend the first thousand steps on a constant.
   */
  private static void centre(Stage.Setting s, Parameters parameters, Source source, int batch) {
    Parameter output = parameters.get("decoder.out.bias");
    Parameter input = parameters.get("encoder.in.bias");
    if (output == null) return;
    int d = source.dimension();
    int count = Math.min(CENTRE, CENTRE_NUMBERS / d);
    float[] x = CleanPass.samples(s.device(), source, count, batch);
    double[] exact = Moments.of(x, count, d).mean();
    int constants = (int) output.value().elements(); // a number each, or one a channel
    float[] mean = new float[constants];
    for (int j = 0; j < d; j++) mean[j / (d / constants)] += (float) (exact[j] * constants / d);
    output.value().write(mean);
    output.in(Kind.AVERAGE).write(mean);
    if (input == null || constants < d) return;
    float[] w = parameters.get("encoder.in.weight").value().floats();
    float[] shift = new float[w.length / d];
    for (int i = 0; i < shift.length; i++) {
      double dot = 0;
      for (int j = 0; j < d; j++) dot += w[i * d + j] * mean[j];
      shift[i] = (float) -dot;
    }
    input.value().write(shift);
    input.in(Kind.AVERAGE).write(shift);
  }
}
