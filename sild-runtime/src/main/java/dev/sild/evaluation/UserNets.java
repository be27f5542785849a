package dev.sild.evaluation;

import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * The networks of the user's that images are measured by. Owns them.
 *
 * @param features their metrics have different names
 * @param lpips or null
 */
public record UserNets(List<FeatureNet> features, Lpips lpips) implements AutoCloseable {
  /** No networks. */
  public static final UserNets NONE = new UserNets(List.of(), null);

  /** The distance of originals and reconstructions (n, C, H, W), both in [−1, 1]. */
  void reconstruction(
      Measures.Builder out, float[] x, float[] y, int n, BooleanSupplier cancelled) {
    if (lpips == null) return;
    out.metric("lpips", lpips.mean(x, y, n, cancelled));
    out.count("lpips_net", "%s; %d pairs".formatted(lpips.describe(), n));
  }

  /**
   * Features of drawn samples, collected while they are drawn.
   *
   * @param sets of each net, (count, F)
   */
  record Drawn(UserNets nets, List<float[]> sets, int count, BooleanSupplier cancelled) {

    /** Those of samples {@code at … at + n}. */
    void add(float[] samples, int at, int n) {
      for (int i = 0; i < sets.size(); i++) {
        int f = nets.features.get(i).features();
        float[] some = nets.features.get(i).of(samples, n, cancelled);
        System.arraycopy(some, 0, sets.get(i), at * f, n * f);
      }
    }

    /** The Fréchet distance to {@code n} reference images, by each net. */
    void measure(Measures.Builder out, float[] reference, int n) {
      for (int i = 0; i < sets.size(); i++) {
        FeatureNet net = nets.features.get(i);
        float[] features = net.of(reference, n, cancelled);
        out.metric(net.metric(), Frechet.distance(sets.get(i), count, features, n, net.features()));
        out.count(
            net.metric() + "_net",
            "%s; %d samples, %d reference samples".formatted(net.describe(), count, n));
      }
    }
  }

  /** Room for the features of {@code count} samples. */
  Drawn drawn(int count, BooleanSupplier cancelled) {
    List<float[]> sets =
        features.stream().map(net -> new float[Math.multiplyExact(count, net.features())]).toList();
    return new Drawn(this, sets, count, cancelled);
  }

  @Override
  public void close() {
    features.forEach(FeatureNet::close);
    if (lpips != null) lpips.close();
  }
}
