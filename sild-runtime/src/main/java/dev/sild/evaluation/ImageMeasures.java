package dev.sild.evaluation;

import dev.sild.data.DataSet;
import dev.sild.sild.RunConfig;
import java.util.Arrays;
import java.util.Locale;

/**
 * The protocol of stacked digits, and what of it makes sense for one digit an image. Owns the
 * classifier.
 */
final class ImageMeasures implements GenerationMeasures {
  private static final int FLOOR_DRAWS = 200;

  private final Evaluation evaluation;
  private final DataSet.Images images;
  private final int channels;
  private final int pixels;
  private final DigitClassifier classifier;
  private final Generation generation;
  private final float[] originals; // (n, D)
  private final float[] reference; // their features

  /**
   * @param heldOut samples in [−1, 1] to compare with
   */
  ImageMeasures(Evaluation evaluation, DataSet.Images images, float[] heldOut) {
    this.evaluation = evaluation;
    this.images = images;
    this.channels = images.channels();
    this.pixels = images.trained().height() * images.trained().width();
    classifier = new DigitClassifier(evaluation.device(), evaluation.classifier(), pixels);
    generation = new Generation(evaluation.device(), evaluation.seed(), evaluation.progress());
    originals = reference(heldOut);
    reference = classifier.read(originals).features();
  }

  /**
   * Held-out samples to compare with: stacked digits as they were drawn, single ones at most once
   * each, for a datum that stands there twice would be its own nearest neighbour.
   */
  private float[] reference(float[] heldOut) {
    if (channels > 1) return heldOut;
    Rows kept = new Rows(images.kept().normalised(), images.kept().count(), pixels);
    return evaluation.distinct(kept);
  }

  private String net() {
    return images.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public String headline() {
    return "frechet_" + net();
  }

  /** How good the classifier is. */
  void classifier(Measures.Builder out) {
    out.metric("classifier_accuracy", classifier.accuracy(images.kept()));
    out.count("classifier_test_images", images.kept().count());
  }

  /**
   * Labels (n · channels) and features (n, channels · 128) of samples, features by the user's
   * networks, and the first samples.
   */
  private record Seen(
      int[] labels, float[] features, UserNets.Drawn byNets, GenerationMeasures.Drawn drawn) {}

  @Override
  public GenerationMeasures.Drawn measure(Measures.Builder out, Draws draws) {
    Seen seen = see(draws);
    int n = draws.count();
    int f = channels * Classifier.FEATURES;
    out.count("samples", n);
    out.count("crop", "none");
    if (channels == 3) modes(out, seen.labels);
    out.count(
        "feature_net",
        "SiLD digit classifier, %d features a channel".formatted(Classifier.FEATURES));
    generation.measure(out, net(), reference, reference.length / f, seen.features, n, f);
    seen.byNets.measure(out, generation, originals, reference.length / f);
    return seen.drawn;
  }

  private Seen see(Draws draws) {
    int count = draws.count();
    RunConfig.Evaluation config = evaluation.model().config().evaluation();
    int d = images.dimension();
    int f = channels * Classifier.FEATURES;
    int[] labels = new int[count * channels];
    float[] features = new float[Math.multiplyExact(count, f)];
    float[] first = new float[d * Math.min(count, Math.max(Evaluation.SHOWN, config.neighbours()))];
    UserNets.Drawn byNets = evaluation.nets().drawn(count, evaluation.cancelled());
    double seconds =
        draws.each((samples, at, rows) -> {
          DigitClassifier.Read read = classifier.read(samples);
          System.arraycopy(read.labels(), 0, labels, at * channels, rows * channels);
          System.arraycopy(read.features(), 0, features, at * f, rows * f);
          byNets.add(samples, at, rows);
          int kept = Math.min(samples.length, first.length - at * d);
          if (kept > 0) System.arraycopy(samples, 0, first, at * d, kept);
        });
    return new Seen(labels, features, byNets, new GenerationMeasures.Drawn(first, seconds));
  }

  /** Modes of 1000, and the KL that perfect sampling of the training marginals would show. */
  private void modes(Measures.Builder out, int[] labels) {
    int n = labels.length / channels;
    int[] mode = new int[n];
    for (int i = 0; i < n; i++)
      mode[i] = 100 * labels[3 * i] + 10 * labels[3 * i + 1] + labels[3 * i + 2];
    Modes found = Modes.of(mode);
    double[] classes = new double[10];
    for (byte label : images.trained().labels()) classes[label]++;
    Modes.Floor floor = Modes.floor(Modes.product(classes), n, FLOOR_DRAWS, evaluation.seed());
    out.metric("modes", found.hit());
    out.metric("kl_uniform", found.klUniform());
    out.metric("kl_floor", floor.mean());
    out.metric("kl_floor_sd", floor.sd());
  }

  /** Channel by channel. */
  @Override
  public void memorisation(Measures.Builder out, float[] first) {
    int wanted = evaluation.model().config().evaluation().neighbours() * channels;
    float[] training = images.trained().normalised();
    float[] kept = images.kept().normalised();
    int queries = Math.min(wanted, first.length / pixels);
    int references = Math.min(wanted, images.kept().count());
    if (queries == 0) return;
    evaluation.progress().say("looking up nearest training neighbours");
    int bank = images.trained().count();
    double[] near = distances(first, queries, training, bank);
    double[] reference = distances(kept, references, training, bank);
    Evaluation.memorisation(out, Memorisation.of(near, reference), queries);
  }

  private double[] distances(float[] x, int count, float[] bank, int rows) {
    float[] queries = Arrays.copyOf(x, count * pixels);
    return NearestNeighbours.of(evaluation.device(), queries, count, bank, rows, pixels)
        .distances();
  }

  @Override
  public void close() {
    classifier.close();
  }
}
