package dev.sild.sild;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.sild.UserException;
import dev.sild.data.ImageShape;
import dev.sild.data.SampleSpace;
import dev.sild.sampling.Sampler;
import dev.sild.sampling.Schedule;
import dev.sild.sampling.Sde;
import java.nio.file.Path;

/**
 * Everything that a run depends on besides its seed and its data: the tables of {@code
 * config.toml}. {@link ConfigFile} reads and writes it.
 *
 * @param preset name of the preset that it began with
 * @param baseline what the other methods need beside the rest; SiLD ignores it
 */
public record RunConfig(
    String preset,
    Method method,
    DataConfig data,
    Autoencoder autoencoder,
    Optimisation.Collapse collapse,
    Denoiser denoiser,
    Optimisation.Refine refine,
    Baseline baseline,
    Sampling sampling,
    Evaluation evaluation,
    Optimisation.Classify classifier) {

  /** The kinds of stage-1 denoisers. */
  public enum AutoencoderKind {
    /** D = g ∘ f through a bottleneck. */
    @JsonProperty("bottleneck")
    BOTTLENECK,
    /** The same by convolutions of images; the latent is an image too, of small sides. */
    @JsonProperty("convolutional")
    CONVOLUTIONAL,
    /**
     * The two-layer conservative network; its latent is the top principal coordinates of D_W(x).
     */
    @JsonProperty("conservative")
    CONSERVATIVE,
    /** Self-attention over the tokens of molecules; the latent is a vector. */
    @JsonProperty("tokens")
    TOKENS
  }

  /**
   * The encoder f and decoder g.
   *
   * @param latent latent size Z; of a convolutional one the channels of a latent pixel
   * @param width columns of the hidden layers; of the conservative network's one layer, m; channels
   *     of a convolutional one at the image's own resolution; of one of tokens numbers of a token
   * @param blocks residual blocks in each of f and g; of a convolutional one at each resolution
   * @param levels halvings of the image's sides; looked at by a convolutional one only
   * @param heads of the self-attention; looked at by one of tokens only
   */
  public record Autoencoder(
      AutoencoderKind kind, int latent, int width, int blocks, int levels, int heads) {
    private static final int MOST_OF_A_HEAD = 64; // as attention takes it

    public Autoencoder {
      if (kind == null) throw new UserException("autoencoder.kind is missing");
      if (latent < 1 || width < 2 || blocks < 0)
        throw new UserException("autoencoder needs latent ≥ 1, width ≥ 2 and blocks ≥ 0");
      if (kind == AutoencoderKind.CONSERVATIVE && width % 2 != 0)
        throw new UserException("a conservative network has an even width: half its signs are −1");
      if (levels < 0 || levels > 10 || kind == AutoencoderKind.CONVOLUTIONAL && blocks < 1)
        throw new UserException("a convolutional autoencoder needs blocks ≥ 1 and levels 0 … 10");
      boolean split = heads >= 1 && width % heads == 0 && width / heads <= MOST_OF_A_HEAD;
      if (kind == AutoencoderKind.TOKENS && !split)
        throw new UserException(
            "autoencoder.heads = %d: choose a divisor of width %d that leaves a head at most %d"
                .formatted(heads, width, MOST_OF_A_HEAD));
    }

    /** The latent of an image as a convolutional autoencoder has it. */
    ImageShape latentShape(SampleSpace space) {
      if (!space.isImage())
        throw new UserException(
            "autoencoder.kind = \"convolutional\" is for images; these samples are vectors");
      ImageShape image = space.image();
      int halved = 1 << levels;
      if (image.height() % halved != 0 || image.width() % halved != 0)
        throw new UserException(
            "autoencoder.levels = %d halves %d×%d pixels too often: choose a smaller one"
                .formatted(levels, image.height(), image.width()));
      return new ImageShape(latent, image.height() / halved, image.width() / halved);
    }
  }

  /** The kinds of latent denoisers. */
  public enum DenoiserKind {
    /** Residual layers over all numbers of a latent. */
    @JsonProperty("perceptron")
    PERCEPTRON,
    /** Residual convolutions and self-attention over a latent that is an image. */
    @JsonProperty("convolutional")
    CONVOLUTIONAL
  }

  /**
   * The latent denoiser.
   *
   * @param width columns; of a convolutional one channels at the latent's own resolution
   * @param blocks residual blocks; of a convolutional one at each resolution, on either way
   * @param embedding columns of the noise embedding, even
   * @param levels halvings of the latent's sides; looked at by a convolutional one only
   * @param heads of the self-attention at its coarsest resolution, 0 for none; likewise
   * @param conditional whether it also sees the data's labels
   * @param labelDropout share of samples whose label it does not see in training (Ho and Salimans
   *     2022)
   */
  public record Denoiser(
      DenoiserKind kind,
      int width,
      int blocks,
      int embedding,
      int levels,
      int heads,
      boolean conditional,
      double labelDropout) {
    public Denoiser {
      if (kind == null) throw new UserException("denoiser.kind is missing");
      if (width < 1 || blocks < 1 || embedding < 2 || embedding % 2 != 0)
        throw new UserException("denoiser needs width ≥ 1, blocks ≥ 1 and an even embedding ≥ 2");
      if (levels < 0 || levels > 10 || heads < 0)
        throw new UserException("denoiser needs levels 0 … 10 and heads ≥ 0");
      if (!(labelDropout >= 0 && labelDropout <= 1))
        throw new UserException("denoiser.label_dropout = %s is no share".formatted(labelDropout));
    }

    /** Latents as a convolutional denoiser takes them. */
    ImageShape image(SampleSpace latents) {
      ImageShape image = latents.image();
      if (image == null)
        throw new UserException(
            "denoiser.kind = \"convolutional\" needs latents that are images, as those of"
                + " autoencoder.kind = \"convolutional\"");
      int halved = 1 << levels;
      if (image.height() % halved != 0 || image.width() % halved != 0)
        throw new UserException(
            "denoiser.levels = %d halves a latent of %d×%d too often: choose a smaller one"
                .formatted(levels, image.height(), image.width()));
      if (heads > 0 && (width << levels) % heads != 0)
        throw new UserException(
            "denoiser.heads = %d do not divide %d channels".formatted(heads, width << levels));
      return image;
    }
  }

  /**
   * How samples are drawn by default.
   *
   * @param sde the variable in which Euler–Maruyama steps: {@code ve}, {@code vp} or {@code subvp}
   * @param schedule a family, or a file as {@link Schedule#read} takes it
   * @param evaluations denoiser evaluations inside the schedule; the last one comes on top
   */
  public record Sampling(
      String sampler,
      String sde,
      String schedule,
      int evaluations,
      double sigmaMin,
      double sigmaMax) {
    public Sampling {
      Sampler.of(sampler, Sde.of(sde));
      if (!Schedule.isFile(schedule)) Schedule.Family.of(schedule);
      if (evaluations < 1 || !(sigmaMin > 0 && sigmaMax > sigmaMin))
        throw new UserException("sampling needs evaluations ≥ 1 and 0 < sigma_min < sigma_max");
    }

    /** The sampler, in its variable. */
    public Sampler solver() {
      return Sampler.of(sampler, Sde.of(sde));
    }

    /** The schedule: the file's, or its family's for the number of evaluations. */
    public Schedule levels() {
      return Schedule.isFile(schedule)
          ? Schedule.read(Path.of(schedule))
          : Schedule.Family.of(schedule).between(sigmaMax, sigmaMin, solver().steps(evaluations));
    }

    /** The same with another number of evaluations. */
    public Sampling withEvaluations(int count) {
      return new Sampling(sampler, sde, schedule, count, sigmaMin, sigmaMax);
    }
  }

  /**
   * What is measured.
   *
   * @param samples drawn samples behind the generation measures
   * @param heldOut held-out samples behind the reconstruction measures
   * @param neighbours samples whose nearest training neighbour is looked up
   */
  public record Evaluation(int samples, int heldOut, int neighbours) {
    public Evaluation {
      if (samples < 1 || heldOut < 1 || neighbours < 0)
        throw new UserException("evaluation needs samples ≥ 1 and held_out ≥ 1");
    }
  }

  public RunConfig {
    if (method == null) throw new UserException("method is missing");
    if (data == null || autoencoder == null || collapse == null || denoiser == null)
      throw new UserException(
          "a configuration needs the tables data, autoencoder, collapse, denoiser");
    if (refine == null || baseline == null || sampling == null)
      throw new UserException("a configuration needs the tables refine, baseline, sampling");
    if (evaluation == null || classifier == null)
      throw new UserException("a configuration needs the tables evaluation, classifier");
    if (method == Method.MMD) requirePairs(collapse);
    if (method != Method.SILD && autoencoder.kind() == AutoencoderKind.CONSERVATIVE)
      throw new UserException(
          "method = \"%s\" has no conservative network: choose autoencoder.kind = \"bottleneck\""
              .formatted(method.key()));
  }

  private static void requirePairs(Optimisation rule) {
    if (rule.rows() < 2)
      throw new UserException("method = \"mmd\" compares pairs: it needs two rows at a time");
  }

  /** What a latent is, for such samples. */
  public SampleSpace latentSpace(SampleSpace space) {
    if (!method.compresses()) return space;
    return switch (autoencoder.kind()) {
      case BOTTLENECK, CONSERVATIVE, TOKENS -> space.asVectors(autoencoder.latent());
      case CONVOLUTIONAL -> space.asImages(autoencoder.latentShape(space));
    };
  }

  /** Z: numbers in a latent. */
  public int latent(SampleSpace space) {
    return latentSpace(space).dimension();
  }

  /** The rule of the diffusion: without a first stage it sees that one's samples too. */
  public Optimisation.Refine diffusion() {
    if (method.compresses()) return refine;
    long samples = refine.steps() * refine.batch() + collapse.steps() * collapse.batch();
    return refine.withSteps(Math.ceilDiv(samples, refine.batch()));
  }

  /** The same with so many rows at a time in each stage. */
  public RunConfig withMicroBatches(int collapseRows, int refineRows) {
    return new RunConfig(
        preset,
        method,
        data,
        autoencoder,
        collapse.withMicroBatch(collapseRows),
        denoiser,
        refine.withMicroBatch(refineRows),
        baseline,
        sampling,
        evaluation,
        classifier);
  }

  /** The same without what the method does not look at: runs of two that are equal are alike. */
  public RunConfig essence() {
    return new RunConfig(
        preset,
        method,
        data,
        autoencoder,
        collapse,
        denoiser,
        refine,
        baseline.of(method),
        sampling,
        evaluation,
        classifier);
  }

  /** Whether the first stage of both comes out the same, given the same seed and data. */
  public boolean sharesFirstStage(RunConfig other) {
    return first(method) != null
        && first(method) == first(other.method)
        && data.equals(other.data)
        && autoencoder.equals(other.autoencoder)
        && collapse.equals(other.collapse);
  }

  /** The one method for all that begin as it does, where no weight of a penalty matters. */
  private static Method first(Method method) {
    return switch (method) {
      case AE, GMM -> Method.AE;
      case SILD -> Method.SILD;
      case VAE, MMD, GAN, AMBIENT -> null;
    };
  }
}
