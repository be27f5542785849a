package dev.sild.sild;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.sild.UserException;
import dev.sild.data.CurvedGaussian;
import dev.sild.data.DataSet;
import dev.sild.data.Digits;
import dev.sild.data.Idx;
import dev.sild.data.Sphere;
import dev.sild.data.Torus;
import dev.sild.data.Vectors;
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
    Data data,
    Autoencoder autoencoder,
    Optimisation.Collapse collapse,
    Denoiser denoiser,
    Optimisation.Refine refine,
    Baseline baseline,
    Sampling sampling,
    Evaluation evaluation,
    Optimisation.Classify classifier) {

  /** What the samples are. */
  public enum DataKind {
    @JsonProperty("stacked-digits")
    STACKED_DIGITS,
    @JsonProperty("stacked-mnist")
    STACKED_MNIST,
    @JsonProperty("fashion")
    FASHION,
    @JsonProperty("manifold")
    MANIFOLD,
    @JsonProperty("array")
    ARRAY
  }

  /** The synthetic manifolds. */
  public enum ManifoldKind {
    @JsonProperty("sphere")
    SPHERE,
    @JsonProperty("torus")
    TORUS,
    @JsonProperty("curved-gaussian")
    CURVED_GAUSSIAN
  }

  /**
   * The data set. {@code manifold}, {@code intrinsic}, {@code ambient}, {@code radius} and {@code
   * curvature} describe the synthetic manifold and are ignored elsewhere; {@code heldOut} is the
   * share of a user's vectors that is never trained on.
   */
  public record Data(
      DataKind kind,
      ManifoldKind manifold,
      int intrinsic,
      int ambient,
      double radius,
      double curvature,
      double heldOut) {
    public Data {
      if (kind == null) throw new UserException("data.kind is missing");
      if (!(heldOut > 0 && heldOut < 1))
        throw new UserException("data.held_out = %s is not between 0 and 1".formatted(heldOut));
    }

    /**
     * Reads or makes the data set.
     *
     * @param path the user's folder or file, null if none was named
     * @param seed of a synthetic manifold's embedding
     */
    public DataSet load(Path path, int seed) {
      return switch (kind) {
        case STACKED_DIGITS -> new DataSet.Images("digits", Digits.training(), Digits.heldOut(), 3);
        case STACKED_MNIST -> idx("MNIST", path, 3);
        case FASHION -> idx("fashion", path, 1);
        case ARRAY ->
            DataSet.Table.split(Vectors.read(named(path, "FILE.npy or FILE.csv")), heldOut);
        case MANIFOLD ->
            new DataSet.Synthetic(
                switch (manifold) {
                  case SPHERE -> new Sphere(intrinsic, ambient, radius, seed);
                  case TORUS -> new Torus(intrinsic, ambient, radius, seed);
                  case CURVED_GAUSSIAN -> new CurvedGaussian(intrinsic, ambient, curvature, seed);
                });
      };
    }

    private DataSet idx(String name, Path folder, int channels) {
      named(folder, "the folder with the IDX files");
      return new DataSet.Images(name, Idx.training(folder), Idx.test(folder), channels);
    }

    private Path named(Path path, String what) {
      if (path == null) throw new UserException("this preset needs --data: " + what);
      return path;
    }
  }

  /** The kinds of stage-1 denoisers. */
  public enum AutoencoderKind {
    /** D = g ∘ f through a bottleneck. */
    @JsonProperty("bottleneck")
    BOTTLENECK,
    /**
     * The two-layer conservative network; its latent is the top principal coordinates of D_W(x).
     */
    @JsonProperty("conservative")
    CONSERVATIVE
  }

  /**
   * The encoder f and decoder g.
   *
   * @param latent latent size
   * @param width columns of the hidden layers; of the conservative network's one layer, m
   * @param blocks residual blocks in each of f and g
   */
  public record Autoencoder(AutoencoderKind kind, int latent, int width, int blocks) {
    public Autoencoder {
      if (kind == null) throw new UserException("autoencoder.kind is missing");
      if (latent < 1 || width < 2 || blocks < 0)
        throw new UserException("autoencoder needs latent ≥ 1, width ≥ 2 and blocks ≥ 0");
      if (kind == AutoencoderKind.CONSERVATIVE && width % 2 != 0)
        throw new UserException("a conservative network has an even width: half its signs are −1");
    }
  }

  /**
   * The latent denoiser.
   *
   * @param embedding columns of the noise embedding, even
   */
  public record Denoiser(int width, int blocks, int embedding) {
    public Denoiser {
      if (width < 1 || blocks < 1 || embedding < 2 || embedding % 2 != 0)
        throw new UserException("denoiser needs width ≥ 1, blocks ≥ 1 and an even embedding ≥ 2");
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
    if (method != Method.SILD && autoencoder.kind() != AutoencoderKind.BOTTLENECK)
      throw new UserException(
          "method = \"%s\" needs autoencoder.kind = \"bottleneck\"".formatted(method.key()));
  }

  private static void requirePairs(Optimisation rule) {
    if (rule.rows() < 2)
      throw new UserException("method = \"mmd\" compares pairs: it needs two rows at a time");
  }

  /** Z: numbers in a latent, for data of the given dimension. */
  public int latent(int dimension) {
    return method.compresses() ? autoencoder.latent() : dimension;
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
