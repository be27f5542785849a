package dev.sild.training;

import dev.sild.Purpose;
import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.SigmaLaw;
import dev.sild.bindings.Stream;
import dev.sild.data.DataSet;
import dev.sild.data.Moments;
import dev.sild.data.Source;
import dev.sild.network.Blueprint;
import dev.sild.network.ConservativeNetwork;
import dev.sild.network.Layer;
import dev.sild.network.Parameter;
import dev.sild.network.Parameters;
import dev.sild.network.Parameters.Kind;
import dev.sild.network.Weights;
import dev.sild.sild.Autoencoder;
import dev.sild.sild.Bottleneck;
import dev.sild.sild.ConservativeAutoencoder;
import dev.sild.sild.Latents;
import dev.sild.sild.Optimisation;
import dev.sild.sild.RunConfig;
import dev.sild.sild.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** A stage made ready on a device: an objective, and what closes after it. */
final class Stage implements AutoCloseable {
  /** Clean training samples behind the latent statistics and the principal axes. */
  static final int STATISTICS = 20_480;

  private static final int CENTRE = 4096;

  private final Objective objective;
  private final Optimisation optimisation;
  private final double lowest;
  private final double highest;
  private final UnaryOperator<Weights> finish;
  private final List<AutoCloseable> owned;

  private Stage(
      Objective objective,
      Optimisation optimisation,
      double lowest,
      double highest,
      UnaryOperator<Weights> finish,
      List<AutoCloseable> owned) {
    this.objective = objective;
    this.optimisation = optimisation;
    this.lowest = lowest;
    this.highest = highest;
    this.finish = finish;
    this.owned = owned;
  }

  /** The stages of a configuration, in their order. */
  enum Name {
    COLLAPSE,
    DECODE,
    REFINE;

    static List<Name> of(RunConfig config) {
      return switch (config.autoencoder().kind()) {
        case BOTTLENECK -> List.of(COLLAPSE, REFINE);
        case CONSERVATIVE -> List.of(COLLAPSE, DECODE, REFINE);
      };
    }

    String label() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /** What a stage is opened with. */
  record Setting(RunConfig config, int seed, DataSet data, Device device, Stream stream) {}

  /**
   * Allocates and initialises a stage.
   *
   * @param finished averaged weights of the stages before
   */
  static Stage open(Name name, Setting s, Weights finished) {
    return switch (name) {
      case COLLAPSE -> collapse(s);
      case DECODE -> decode(s, finished);
      case REFINE -> refine(s, finished);
    };
  }

  private static Stage collapse(Setting s) {
    Parameters parameters = new Parameters();
    MemoryPlan activations = new MemoryPlan("activations");
    Optimisation.Collapse collapse = s.config.collapse();
    Blueprint blueprint = new Blueprint(parameters, activations, collapse.batch(), true);
    RunConfig.Autoencoder spec = s.config.autoencoder();
    int dimension = s.data.dimension();
    boolean conservative = spec.kind() == RunConfig.AutoencoderKind.CONSERVATIVE;
    Layer network =
        conservative
            ? new ConservativeNetwork(blueprint, "conservative", dimension, spec.width())
            : new Bottleneck(blueprint, spec, dimension);
    UnaryOperator<Weights> finish =
        conservative ? weights -> PrincipalAxes.append(s, weights) : UnaryOperator.identity();
    return denoising(
        s, parameters, activations, network, Purpose.INITIAL_AUTOENCODER, finish, null);
  }

  private static Stage decode(Setting s, Weights finished) {
    Parameters frozen = new Parameters();
    Parameters parameters = new Parameters();
    MemoryPlan activations = new MemoryPlan("activations");
    int batch = s.config.collapse().batch();
    Layer network =
        new ConservativeAutoencoder(
            new Blueprint(frozen, activations, batch, false),
            new Blueprint(parameters, activations, batch, true),
            s.config.autoencoder(),
            s.data.dimension());
    frozen.allocate(s.device, false);
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

  /** The small-σ objective over a network that does not see σ. */
  private static Stage denoising(
      Setting s,
      Parameters parameters,
      MemoryPlan activations,
      Layer network,
      Purpose initial,
      UnaryOperator<Weights> finish,
      AutoCloseable alsoOwned) {
    Optimisation.Collapse collapse = s.config.collapse();
    Source source =
        s.data.training(s.device, collapse.batch(), Purpose.TRAINING_SAMPLES.noise(s.seed));
    SigmaLaw law = new SigmaLaw.LogUniform(collapse.sigmaMin(), collapse.sigmaMax());
    DenoisingObjective objective =
        new DenoisingObjective(
            parameters,
            ScoreNetwork.blind(network),
            source,
            law,
            0,
            Purpose.COLLAPSE_NOISE.noise(s.seed),
            activations,
            collapse.batch());
    ready(s, parameters, activations, initial);
    centre(s, parameters, source, collapse.batch());
    List<AutoCloseable> owned = new ArrayList<>(List.of(source, activations, parameters));
    if (alsoOwned != null) owned.add(alsoOwned);
    return new Stage(objective, collapse, collapse.sigmaMin(), collapse.sigmaMax(), finish, owned);
  }

  private static Stage refine(Setting s, Weights finished) {
    Optimisation.Refine refine = s.config.refine();
    Parameters frozen = new Parameters();
    MemoryPlan encoding = new MemoryPlan("frozen encoder");
    Autoencoder autoencoder =
        Autoencoder.of(
            new Blueprint(frozen, encoding, refine.batch(), false),
            s.config.autoencoder(),
            s.data.dimension());
    frozen.allocate(s.device, false);
    encoding.allocate(s.device);
    finished.copyTo(frozen, Kind.VALUE);
    Source samples =
        s.data.training(s.device, refine.batch(), Purpose.REFINE_SAMPLES.noise(s.seed));
    Latents latents = CleanPass.latents(s, samples, autoencoder, refine.batch());
    Source clean =
        new Latents.Standardised(s.device, samples, autoencoder::encode, latents, refine.batch());

    Parameters parameters = new Parameters();
    MemoryPlan activations = new MemoryPlan("activations");
    Blueprint blueprint = new Blueprint(parameters, activations, refine.batch(), true);
    ScoreNetwork network = ScoreNetwork.of(Session.denoiser(blueprint, s.config));
    SigmaLaw law = new SigmaLaw.LogNormal(refine.pMean(), refine.pStd());
    DenoisingObjective objective =
        new DenoisingObjective(
            parameters,
            network,
            clean,
            law,
            dev.sild.diffusion.LatentNetwork.SIGMA_DATA,
            Purpose.REFINE_NOISE.noise(s.seed),
            activations,
            refine.batch());
    ready(s, parameters, activations, Purpose.INITIAL_DENOISER);
    double reach = 3 * refine.pStd();
    return new Stage(
        objective,
        refine,
        Math.exp(refine.pMean() - reach),
        Math.exp(refine.pMean() + reach),
        weights -> weights.and(latents.asWeights()),
        List.of(clean, samples, activations, encoding, parameters, frozen));
  }

  /**
   * Starts the network at the data's mean: Adam moves a bias by at most the learning rate a step,
   * and would spend the first thousand steps on a constant.
   */
  private static void centre(Setting s, Parameters parameters, Source source, int batch) {
    Parameter output = parameters.get("decoder.out.bias");
    Parameter input = parameters.get("encoder.in.bias");
    if (output == null) return;
    int d = source.dimension();
    float[] x = CleanPass.samples(s.device, source, CENTRE, batch);
    double[] exact = Moments.of(x, CENTRE, d).mean();
    float[] mean = new float[d];
    for (int j = 0; j < d; j++) mean[j] = (float) exact[j];
    output.value().write(mean);
    output.in(Kind.AVERAGE).write(mean);
    if (input == null) return;
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

  private static void ready(
      Setting s, Parameters parameters, MemoryPlan activations, Purpose initial) {
    parameters.allocate(s.device, true);
    activations.allocate(s.device);
    parameters.initialise(s.stream, initial.noise(s.seed));
  }

  Parameters parameters() {
    return objective.parameters();
  }

  Optimisation optimisation() {
    return optimisation;
  }

  /** The loop over this stage. */
  Trainer trainer(Name name, Setting s) {
    return new Trainer(name.label(), s.device, s.stream, objective, optimisation, lowest, highest);
  }

  /** What the stage leaves to the next: its averages and what is measured on them. */
  Weights result() {
    return finish.apply(Weights.of(parameters(), Kind.AVERAGE));
  }

  @Override
  public void close() {
    for (AutoCloseable resource : owned) {
      try {
        resource.close();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
