package dev.sild.evaluation;

import dev.sild.data.DataSet;
import dev.sild.data.ImageShape;
import dev.sild.data.Resize;
import dev.sild.data.image.ImageBank;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Generation of colour images, by features that nobody trained and by the user's networks. */
final class PictureMeasures implements GenerationMeasures {
  /** Sides to which images are reduced before neighbours are looked for. */
  private static final int NEIGHBOUR_SIDE = 16;

  private static final int BANK = 20_000;

  private final Evaluation evaluation;
  private final DataSet.Pictures pictures;
  private final ImageShape shape;
  private final RandomConvolutions net;
  private final Generation generation;
  private final Resize resize;
  private final float[] originals; // (n, D)
  private final float[] reference; // their features

  PictureMeasures(Evaluation evaluation, DataSet.Pictures pictures) {
    this.evaluation = evaluation;
    this.pictures = pictures;
    shape = pictures.space().image();
    resize = new Resize(shape.height(), shape.width(), side(), side());
    net = new RandomConvolutions(evaluation.device(), shape);
    generation = new Generation(evaluation.device(), evaluation.seed(), evaluation.progress());
    int wanted = evaluation.model().config().evaluation().heldOut();
    originals = read(pictures.kept(), wanted);
    reference = net.of(originals);
  }

  /** Images of a bank, random ones, each at most once: (n, D) in [−1, 1]. */
  private float[] read(ImageBank bank, int most) {
    int n = Math.min(bank.count(), most);
    int[] order = new int[bank.count()];
    Arrays.setAll(order, i -> i);
    SplittableRandom random = new SplittableRandom(evaluation.seed());
    float[] x = new float[Math.multiplyExact(n, shape.size())];
    for (int i = 0; i < n; i++) {
      int j = i + random.nextInt(order.length - i);
      int row = order[j];
      order[j] = order[i];
      bank.normalised(row, x, i * shape.size());
    }
    return x;
  }

  @Override
  public String headline() {
    return "frechet_" + RandomConvolutions.NAME;
  }

  @Override
  public Drawn measure(Measures.Builder out, Draws draws) {
    int n = draws.count();
    int d = shape.size();
    int f = net.features();
    int looked = Math.max(Evaluation.SHOWN, evaluation.model().config().evaluation().neighbours());
    float[] features = new float[Math.multiplyExact(n, f)];
    float[] first = new float[Math.multiplyExact(d, Math.min(n, looked))];
    UserNets.Drawn byNets = evaluation.nets().drawn(n, evaluation.cancelled());
    double seconds =
        draws.each((samples, at, rows) -> {
          System.arraycopy(net.of(samples), 0, features, at * f, rows * f);
          byNets.add(samples, at, rows);
          int kept = Math.min(samples.length, first.length - at * d);
          if (kept > 0) System.arraycopy(samples, 0, first, at * d, kept);
        });
    out.count("samples", n);
    out.count("crop", pictures.crop().label());
    out.count("feature_net", "random convolutions of a fixed seed, %d features".formatted(f));
    int m = originals.length / d;
    generation.measure(out, RandomConvolutions.NAME, reference, m, features, n, f);
    byNets.measure(out, generation, originals, m);
    return new Drawn(first, seconds);
  }

  /** In images reduced to 16 × 16 pixels. */
  @Override
  public void memorisation(Measures.Builder out, float[] first) {
    int wanted = evaluation.model().config().evaluation().neighbours();
    int queries = Math.min(wanted, first.length / shape.size());
    if (queries == 0) return;
    evaluation.progress().say("looking up nearest training neighbours");
    float[] bank = reduced(pictures.trained(), BANK);
    float[] near = reduced(first, queries);
    float[] kept = reduced(originals, Math.min(wanted, originals.length / shape.size()));
    out.count("neighbour_side", side());
    Evaluation.memorisation(
        out, Memorisation.of(distances(near, bank), distances(kept, bank)), queries);
  }

  private int side() {
    return Math.min(NEIGHBOUR_SIDE, shape.height());
  }

  /** The first images of a bank, one after another: all of them at full size may not fit. */
  private float[] reduced(ImageBank bank, int most) {
    int n = Math.min(most, bank.count());
    float[] small = new float[n * 3 * side() * side()];
    float[] x = new float[shape.size()];
    for (int i = 0; i < n; i++) {
      bank.normalised(i, x, 0);
      reduce(x, 0, small, i);
    }
    return small;
  }

  private float[] reduced(float[] images, int n) {
    float[] small = new float[n * 3 * side() * side()];
    for (int i = 0; i < n; i++) reduce(images, i * shape.size(), small, i);
    return small;
  }

  private void reduce(float[] images, int from, float[] small, int i) {
    int pixels = side() * side();
    for (int c = 0; c < 3; c++)
      resize.plane(images, from + c * shape.pixels(), small, (3 * i + c) * pixels);
  }

  private double[] distances(float[] x, float[] bank) {
    int p = 3 * side() * side();
    return NearestNeighbours.of(evaluation.device(), x, x.length / p, bank, bank.length / p, p)
        .distances();
  }

  @Override
  public void close() {
    net.close();
  }
}
