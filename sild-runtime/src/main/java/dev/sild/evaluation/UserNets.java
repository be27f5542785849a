package dev.sild.evaluation;

import java.util.ArrayList;
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

  /**
   * Names of what they measure, in part.
   *
   * @param reconstructions whether there are any
   */
  public List<String> metrics(boolean reconstructions) {
    List<String> names = new ArrayList<>(features.stream().map(FeatureNet::metric).toList());
    if (lpips != null && reconstructions) names.add("lpips");
    return names;
  }

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

    /** Compares with {@code n} reference images, by each net. */
    void measure(Measures.Builder out, Generation generation, float[] reference, int n) {
      for (int i = 0; i < sets.size(); i++) {
        FeatureNet net = nets.features.get(i);
        float[] real = net.of(reference, n, cancelled);
        generation.measure(
            out, net.name(), net.metric(), real, n, sets.get(i), count, net.features());
        out.count(net.metric() + "_net", net.describe());
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
