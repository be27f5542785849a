package dev.sild.evaluation;

import dev.sild.data.DataSet;
import dev.sild.sild.Model;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Locale;

/** The protocol of stacked digits, and what of it makes sense for one digit an image. */
final class ImageMeasures {
  private static final int CHUNK = 1024;
  private static final int FLOOR_DRAWS = 200;

  private final Evaluation evaluation;
  private final DataSet.Images images;
  private final int channels;
  private final int pixels;

  ImageMeasures(Evaluation evaluation, DataSet.Images images) {
    this.evaluation = evaluation;
    this.images = images;
    this.channels = images.channels();
    this.pixels = images.trained().height() * images.trained().width();
  }

  /**
   * Labels (n · channels) and features (n, channels · 128) of samples, features by the user's
   * networks, and the first samples.
   */
  private record Seen(int[] labels, float[] features, UserNets.Drawn byNets, float[] first) {}

  /**
   * Measures generation.
   *
   * @param heldOut held-out samples in [−1, 1]
   * @return the first samples
   */
  float[] measure(Measures.Builder out, float[] heldOut) {
    try (DigitClassifier classifier =
        new DigitClassifier(evaluation.device(), evaluation.classifier(), pixels)) {
      out.metric("classifier_accuracy", classifier.accuracy(images.kept()));
      out.count("classifier_test_images", images.kept().count());
      Seen drawn = draw(classifier);
      float[] originals = reference(heldOut);
      float[] reference = classifier.read(originals).features();
      int n = drawn.labels.length / channels;
      out.count("samples", n);
      out.count("crop", "none");
      if (channels == 3) modes(out, drawn.labels);
      int f = channels * Classifier.FEATURES;
      String net = images.name().toLowerCase(Locale.ROOT);
      out.count(
          "feature_net",
          "SiLD digit classifier, %d features a channel".formatted(Classifier.FEATURES));
      Generation generation =
          new Generation(evaluation.device(), evaluation.seed(), evaluation.progress());
      generation.measure(out, net, reference, reference.length / f, drawn.features, n, f);
      drawn.byNets.measure(out, generation, originals, reference.length / f);
      neighbours(out, drawn.first);
      return drawn.first;
    }
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

  private Seen draw(DigitClassifier classifier) {
    Model model = evaluation.model();
    int count = model.config().evaluation().samples();
    int keep =
        Math.min(count, Math.max(Evaluation.SHOWN, model.config().evaluation().neighbours()));
    int d = model.dimension();
    int f = channels * Classifier.FEATURES;
    int[] labels = new int[count * channels];
    float[] features = new float[Math.multiplyExact(count, f)];
    float[] first = new float[keep * d];
    UserNets.Drawn byNets = evaluation.nets().drawn(count, evaluation.cancelled());
    evaluation.progress().begin("sampling", "samples", 0, count);
    for (int at = 0; at < count; at += CHUNK) {
      int rows = Math.min(CHUNK, count - at);
      float[] samples = new float[rows * d];
      model.sample(
          MemorySegment.ofArray(samples),
          model.config().sampling(),
          evaluation.seed(),
          at,
          evaluation.cancelled());
      DigitClassifier.Read read = classifier.read(samples);
      System.arraycopy(read.labels(), 0, labels, at * channels, rows * channels);
      System.arraycopy(read.features(), 0, features, at * f, rows * f);
      byNets.add(samples, at, rows);
      if (at < keep) System.arraycopy(samples, 0, first, at * d, Math.min(rows, keep - at) * d);
      evaluation.progress().advance(at + rows);
    }
    evaluation.progress().end();
    return new Seen(labels, features, byNets, first);
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

  /**
   * Nearest training digits of sampled digits against those of held-out digits, channel by channel.
   */
  private void neighbours(Measures.Builder out, float[] samples) {
    int wanted = evaluation.model().config().evaluation().neighbours() * channels;
    float[] training = images.trained().normalised();
    float[] kept = images.kept().normalised();
    int queries = Math.min(wanted, samples.length / pixels);
    int references = Math.min(wanted, images.kept().count());
    if (queries == 0) return;
    evaluation.progress().say("looking up nearest training neighbours");
    int bank = images.trained().count();
    double[] near = distances(samples, queries, training, bank);
    double[] reference = distances(kept, references, training, bank);
    Evaluation.memorisation(out, Memorisation.of(near, reference), queries);
  }

  private double[] distances(float[] x, int count, float[] bank, int rows) {
    float[] queries = Arrays.copyOf(x, count * pixels);
    return NearestNeighbours.of(evaluation.device(), queries, count, bank, rows, pixels)
        .distances();
  }
}
