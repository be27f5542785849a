package dev.sild.data;

import dev.sild.UserException;
import dev.sild.bindings.Device;
import dev.sild.bindings.Noise;
import dev.sild.data.image.Crop;
import dev.sild.data.image.ImageBank;
import dev.sild.data.image.MappedSource;
import dev.sild.data.molecule.TokenBank;
import dev.sild.data.molecule.TokenSource;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Training samples, and held-out ones that no training ever sees. */
public sealed interface DataSet {

  /** What a sample is. */
  SampleSpace space();

  /** Coordinates of a sample. */
  default int dimension() {
    return space().dimension();
  }

  /** Training samples on a device; {@code batch} is the most in a call. */
  Source training(Device device, int batch, Noise noise);

  /** Held-out samples on a device. */
  Source heldOut(Device device, int batch, Noise noise);

  /**
   * The same with half of the held-out samples: every second one, from the first or the second. So
   * what is chosen by one half can be judged by the other.
   *
   * @param which 0 or 1
   */
  DataSet half(int which);

  /** ln of the number of different training samples; infinite where they are drawn afresh. */
  double logTrainingSamples();

  /**
   * Number of different training samples, where they are worth keeping what a network makes of
   * them; 0 where they are not.
   */
  default int variants() {
    return 0;
  }

  /** All of them: sample i is variant i. */
  default Source inOrder(Device device, int batch) {
    throw new UnsupportedOperationException("no variants");
  }

  /** Which of them a sample of {@link #training} is. */
  default int variant(Noise noise, long sample) {
    throw new UnsupportedOperationException("no variants");
  }

  /** The class of a variant; 0 where there are no labels. */
  default int classOf(int variant) {
    return 0;
  }

  /** How the network sees the user's numbers: x · scale + shift. */
  Normalisation normalisation();

  /** Device memory that the training samples take, for batches of {@code batch}. */
  long bytes(int batch);

  /** One line for people. */
  String describe();

  /**
   * Affine map from the user's units to the network's, coordinate by coordinate.
   *
   * @param scale (D), not zero
   * @param shift (D)
   */
  record Normalisation(float[] scale, float[] shift) {

    /** The map that changes nothing. */
    public static Normalisation identity(int dimension) {
      float[] ones = new float[dimension];
      Arrays.fill(ones, 1);
      return new Normalisation(ones, new float[dimension]);
    }

    /** Maps rows (n, D) in place, and returns them. */
    public float[] apply(float[] rows) {
      int d = scale.length;
      for (int i = 0; i < rows.length; i++) rows[i] = Math.fma(rows[i], scale[i % d], shift[i % d]);
      return rows;
    }

    /** The way back. */
    public Normalisation inverse() {
      float[] inverse = new float[scale.length];
      float[] back = new float[scale.length];
      for (int j = 0; j < scale.length; j++) {
        inverse[j] = 1 / scale[j];
        back[j] = -shift[j] / scale[j];
      }
      return new Normalisation(inverse, back);
    }
  }

  /**
   * Images whose channels are grey images drawn independently: three digits stacked, or one.
   *
   * @param name what the images show, for people
   * @param channels grey images in a sample
   */
  record Images(String name, LabelledImages trained, LabelledImages kept, int channels)
      implements DataSet {
    public Images {
      if (trained.height() != kept.height() || trained.width() != kept.width())
        throw new UserException(
            "%s: training images of %d×%d, test images of %d×%d: take both from the same data set"
                .formatted(name, trained.height(), trained.width(), kept.height(), kept.width()));
    }

    @Override
    public SampleSpace space() {
      ImageShape shape = new ImageShape(channels, trained.height(), trained.width());
      return SampleSpace.images(shape);
    }

    @Override
    public Source training(Device device, int batch, Noise noise) {
      return BankSource.images(device, trained, channels, batch, noise);
    }

    @Override
    public Source heldOut(Device device, int batch, Noise noise) {
      return BankSource.images(device, kept, channels, batch, noise);
    }

    /** Every combination of images is a sample. */
    @Override
    public double logTrainingSamples() {
      return channels * Math.log(trained.count());
    }

    @Override
    public Images half(int which) {
      int[] rows = IntStream.range(0, kept.count()).filter(i -> i % 2 == which).toArray();
      return new Images(name, trained, kept.select(rows), channels);
    }

    @Override
    public long bytes(int batch) {
      return trained.pixels().length + 4L * batch * channels;
    }

    /** Samples go in and out in [−1, 1]. */
    @Override
    public Normalisation normalisation() {
      return Normalisation.identity(dimension());
    }

    @Override
    public String describe() {
      return "%s: %d training and %d held-out images of %d×%d, %d a sample"
          .formatted(
              name, trained.count(), kept.count(), trained.height(), trained.width(), channels);
    }
  }

  /**
   * Colour images, decoded into a memory-mapped file ({@link dev.sild.data.image.ImageSet}).
   *
   * @param name what the images show, for people
   * @param classes names of the labels; none where all images are of one class
   * @param flips whether training images are mirrored with probability ½
   * @param crop what was kept of each image
   */
  record Pictures(
      String name,
      ImageBank trained,
      ImageBank kept,
      List<String> classes,
      boolean flips,
      Crop crop)
      implements DataSet {

    /** Height and width; there are three channels. */
    public int size() {
      return trained.size();
    }

    @Override
    public SampleSpace space() {
      ImageShape shape = new ImageShape(3, size(), size());
      return SampleSpace.images(shape).with(classes, trained.shares(classes.size()));
    }

    @Override
    public int dimension() {
      return trained.dimension();
    }

    @Override
    public MappedSource training(Device device, int batch, Noise noise) {
      return new MappedSource(device, trained, order(noise), batch);
    }

    @Override
    public MappedSource heldOut(Device device, int batch, Noise noise) {
      return new MappedSource(device, kept, Order.random(kept.count(), false, noise), batch);
    }

    private Order order(Noise noise) {
      return Order.random(trained.count(), flips, noise);
    }

    @Override
    public int variants() {
      return (flips ? 2 : 1) * trained.count();
    }

    @Override
    public Source inOrder(Device device, int batch) {
      return new MappedSource(device, trained, sample -> (int) sample, batch);
    }

    @Override
    public int variant(Noise noise, long sample) {
      return order(noise).variant(sample);
    }

    @Override
    public int classOf(int variant) {
      return trained.label(variant % trained.count());
    }

    @Override
    public Pictures half(int which) {
      return new Pictures(name, trained, kept.select(i -> i % 2 == which), classes, flips, crop);
    }

    /** A mirrored image is another one. */
    @Override
    public double logTrainingSamples() {
      return Math.log((flips ? 2.0 : 1.0) * trained.count());
    }

    /** Samples go in and out in [−1, 1]. */
    @Override
    public Normalisation normalisation() {
      return Normalisation.identity(dimension());
    }

    @Override
    public long bytes(int batch) {
      return MappedSource.bytes(trained, batch);
    }

    @Override
    public String describe() {
      return "%s: %,d training and %,d held-out images, %s, resized to %d×%d%s%s"
          .formatted(
              name,
              trained.count(),
              kept.count(),
              crop.describe(),
              size(),
              size(),
              flips ? ", mirrored at random" : "",
              classes.isEmpty() ? "" : ", %d classes: %s".formatted(classes.size(), some(classes)));
    }

    private static String some(List<String> classes) {
      int shown = Math.min(classes.size(), 5);
      return String.join(", ", classes.subList(0, shown)) + (shown < classes.size() ? ", …" : "");
    }
  }

  /**
   * Molecules as tokens ({@link dev.sild.data.molecule.MoleculeSet}).
   *
   * @param name of the set, for people
   * @param shape how many tokens a sample has, and which there are
   * @param classes names of the labels; none where nobody asked for an activity
   * @param made how it was split, and what was left out, for people
   */
  record Molecules(
      String name,
      TokenBank trained,
      TokenBank kept,
      TokenShape shape,
      List<String> classes,
      String made)
      implements DataSet {

    @Override
    public SampleSpace space() {
      return SampleSpace.molecules(shape).with(classes, trained.shares(classes.size()));
    }

    @Override
    public TokenSource training(Device device, int batch, Noise noise) {
      return source(device, trained, batch, noise);
    }

    @Override
    public TokenSource heldOut(Device device, int batch, Noise noise) {
      return source(device, kept, batch, noise);
    }

    private TokenSource source(Device device, TokenBank bank, int batch, Noise noise) {
      return new TokenSource(device, bank, shape, Order.random(bank.count(), false, noise), batch);
    }

    @Override
    public int variants() {
      return trained.count();
    }

    @Override
    public Source inOrder(Device device, int batch) {
      return new TokenSource(device, trained, shape, sample -> (int) sample, batch);
    }

    @Override
    public int variant(Noise noise, long sample) {
      return Order.random(trained.count(), false, noise).variant(sample);
    }

    @Override
    public int classOf(int variant) {
      return trained.labels()[variant];
    }

    @Override
    public Molecules half(int which) {
      return new Molecules(name, trained, kept.select(i -> i % 2 == which), shape, classes, made);
    }

    @Override
    public double logTrainingSamples() {
      return Math.log(trained.count());
    }

    /** Ones and zeros as they are. */
    @Override
    public Normalisation normalisation() {
      return Normalisation.identity(dimension());
    }

    @Override
    public long bytes(int batch) {
      return TokenSource.bytes(trained, shape, batch);
    }

    @Override
    public String describe() {
      return "%s: %,d training and %,d held-out molecules, %s of %d tokens, up to %d long, %s%s"
          .formatted(
              name,
              trained.count(),
              kept.count(),
              shape.vocabulary().notation(),
              shape.columns(),
              shape.length(),
              made,
              classes.isEmpty() ? "" : ", classes: " + String.join(", ", classes));
    }
  }

  /** The user's own vectors. */
  record Table(Vectors trained, Vectors kept, Normalisation normalisation) implements DataSet {

    /**
     * Splits vectors and centres them; one scale for all coordinates, so that angles stay: the root
     * mean square of the centred training coordinates becomes ½, as σ_data is in Karras et al.
     * 2022.
     *
     * @param share every (1/share)-th vector is held out
     */
    public static Table split(Vectors vectors, double share) {
      int every = (int) Math.max(2, Math.round(1 / share));
      if (vectors.count() < 2 * every)
        throw new UserException(
            "%d vectors are too few to hold out one in %d".formatted(vectors.count(), every));
      Vectors kept = vectors.select(i -> i % every == every - 1);
      Vectors trained = vectors.select(i -> i % every != every - 1);
      return of(trained, kept);
    }

    /** The same for vectors that are split already. */
    public static Table of(Vectors trained, Vectors kept) {
      return new Table(trained, kept, centred(trained));
    }

    private static Normalisation centred(Vectors vectors) {
      int d = vectors.dimension();
      Moments moments = Moments.of(vectors.data(), vectors.count(), d);
      double[] mean = moments.mean();
      double rms = Math.sqrt(Arrays.stream(moments.variance()).average().orElseThrow());
      if (!(rms > 0)) throw new UserException("all vectors are the same");
      float[] scale = new float[d];
      float[] shift = new float[d];
      for (int j = 0; j < d; j++) {
        scale[j] = (float) (0.5 / rms);
        shift[j] = (float) (-mean[j] * 0.5 / rms);
      }
      return new Normalisation(scale, shift);
    }

    @Override
    public SampleSpace space() {
      return SampleSpace.vectors(trained.dimension());
    }

    @Override
    public Source training(Device device, int batch, Noise noise) {
      return source(device, trained, batch, noise);
    }

    @Override
    public Source heldOut(Device device, int batch, Noise noise) {
      return source(device, kept, batch, noise);
    }

    private Source source(Device device, Vectors vectors, int batch, Noise noise) {
      return BankSource.vectors(
          device, vectors, normalisation.scale(), normalisation.shift(), batch, noise);
    }

    @Override
    public double logTrainingSamples() {
      return Math.log(trained.count());
    }

    @Override
    public Table half(int which) {
      return new Table(trained, kept.select(i -> i % 2 == which), normalisation);
    }

    @Override
    public long bytes(int batch) {
      return 4L * trained.data().length + 4L * batch;
    }

    @Override
    public String describe() {
      return "vectors: %d training and %d held-out, dimension %d"
          .formatted(trained.count(), kept.count(), dimension());
    }
  }

  /** A synthetic manifold: fresh samples at every step, held-out ones under another purpose. */
  record Synthetic(Manifold manifold) implements DataSet {
    @Override
    public SampleSpace space() {
      return SampleSpace.vectors(manifold.dimension());
    }

    @Override
    public Source training(Device device, int batch, Noise noise) {
      return new HostSource(device, manifold::sample, dimension(), batch, noise);
    }

    @Override
    public Source heldOut(Device device, int batch, Noise noise) {
      return new HostSource(device, manifold::sample, dimension(), batch, noise);
    }

    @Override
    public Normalisation normalisation() {
      return Normalisation.identity(dimension());
    }

    @Override
    public double logTrainingSamples() {
      return Double.POSITIVE_INFINITY;
    }

    /** Samples are fresh: the caller draws other ones for the other half. */
    @Override
    public Synthetic half(int which) {
      return this;
    }

    @Override
    public long bytes(int batch) {
      return 4L * batch * dimension();
    }

    @Override
    public String describe() {
      return "%s: intrinsic dimension %d in dimension %d, fresh samples"
          .formatted(manifold, manifold.intrinsicDimension(), manifold.dimension());
    }
  }
}
