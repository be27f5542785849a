package dev.sild.training;

import dev.sild.Purpose;
import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Stream;
import dev.sild.data.DataSet;
import dev.sild.network.Parameters;
import dev.sild.network.Parameters.Kind;
import dev.sild.network.Weights;
import dev.sild.sild.Optimisation;
import dev.sild.sild.RunConfig;
import java.util.List;
import java.util.function.UnaryOperator;

/** A stage made ready on a device: an objective, and what closes after it. */
final class Stage implements AutoCloseable {
  /** Clean training samples behind the latent statistics and the principal axes. */
  static final int STATISTICS = 20_480;

  /** The same of latents that are images: each has many numbers of a channel. */
  static final int STATISTICS_OF_IMAGES = 2048;

  /** Before the names of a second average. */
  static final String SECOND = "second/";

  private final Objective objective;
  private final Optimisation optimisation;
  private final double lowest;
  private final double highest;
  private final UnaryOperator<Weights> finish;
  private final List<AutoCloseable> owned;

  /**
   * @param lowest, highest range of σ
   * @param finish adds what is measured on the averaged weights
   * @param owned what closes with the stage
   */
  Stage(
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

  /** What a stage is called in statistics and logs. */
  enum Name {
    /** Denoising at small noise: g ∘ f becomes the projection onto the data manifold. */
    COLLAPSE,
    /** The decoder of a frozen conservative network. */
    DECODE,
    /** The autoencoder of a rival: reconstruction and its penalty. */
    RECONSTRUCT,
    /** A Gaussian mixture of an autoencoder's latents; it is fitted, not trained. */
    MIX,
    /** Denoising of the latents, or of data that are not compressed. */
    REFINE;

    /** The stages of a configuration, in their order. */
    static List<Name> of(RunConfig config) {
      return switch (config.method()) {
        case SILD ->
            config.autoencoder().kind() == RunConfig.AutoencoderKind.CONSERVATIVE
                ? List.of(COLLAPSE, DECODE, REFINE)
                : List.of(COLLAPSE, REFINE);
        case VAE, MMD, GAN, AE -> List.of(RECONSTRUCT, REFINE);
        case GMM -> List.of(RECONSTRUCT, MIX);
        case AMBIENT -> List.of(REFINE);
      };
    }

    String label() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /** What a stage is opened with. */
  record Setting(RunConfig config, int seed, DataSet data, Device device, Stream stream) {

    /** Clean training samples behind the latent statistics. */
    int statistics() {
      return config.latentSpace(data.space()).isImage() && config.method().compresses()
          ? STATISTICS_OF_IMAGES
          : STATISTICS;
    }

    /** Allocates what is learned and the memory for it, and draws the initial values. */
    void ready(Parameters parameters, MemoryPlan activations, Purpose initial) {
      parameters.allocate(device, true);
      activations.allocate(device);
      parameters.initialise(stream, initial.noise(seed));
    }
  }

  /**
   * Allocates and initialises a stage.
   *
   * @param finished averaged weights of the stages before
   */
  static Stage open(Name name, Setting s, Weights finished) {
    return switch (name) {
      case COLLAPSE -> FirstStage.collapse(s);
      case DECODE -> FirstStage.decode(s, finished);
      case RECONSTRUCT -> FirstStage.reconstruct(s);
      case REFINE -> SecondStage.refine(s, finished);
      case MIX -> throw new IllegalArgumentException("a mixture has no training loop");
    };
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

  /**
   * What the stage leaves: its averages and what is measured on them, second averages under {@link
   * #SECOND}.
   */
  Weights result() {
    Weights result = result(Kind.AVERAGE);
    return parameters().has(Kind.SECOND_AVERAGE)
        ? result.and(Weights.of(parameters(), Kind.SECOND_AVERAGE).under(SECOND))
        : result;
  }

  /** One kind of weights, and what is measured on them. */
  Weights result(Kind kind) {
    return finish.apply(Weights.of(parameters(), kind));
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
