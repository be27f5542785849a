package dev.sild.evaluation;

import dev.sild.Progress;
import dev.sild.bindings.Device;

/**
 * How near generated samples come to data in a space of features: Fréchet and kernel distance,
 * precision and recall, density and coverage, under the name of what makes the features.
 *
 * @param seed of subsets and subsamples
 */
record Generation(Device device, int seed, Progress progress) {

  /**
   * Writes {@code frechet_<name>}, {@code kid_<name>} with {@code kid_<name>_se}, {@code
   * precision_<name>}, {@code recall_<name>}, {@code density_<name>} and {@code coverage_<name>},
   * and what they count. Undefined where there are too few samples or one is not finite.
   *
   * @param real (n, f) features of data that no training saw, each datum once
   * @param fake (m, f) features of samples
   */
  void measure(Measures.Builder out, String name, float[] real, int n, float[] fake, int m, int f) {
    measure(out, name, "frechet_" + name, real, n, fake, m, f);
  }

  /** The same under another name of the Fréchet distance: Inception's has one of its own. */
  void measure(
      Measures.Builder out,
      String name,
      String frechet,
      float[] real,
      int n,
      float[] fake,
      int m,
      int f) {
    progress.say("measuring generation by %s: %d × %d features".formatted(name, m, f));
    boolean finite = new Rows(real, n, f).finite() && new Rows(fake, m, f).finite();
    int few = finite ? Math.min(n, m) : 0;
    out.count(name + "_reference_samples", n);
    out.count(name + "_samples", m);
    out.metric(frechet, few < 2 ? Double.NaN : Frechet.distance(fake, m, real, n, f));
    kernelDistance(out, name, few < 2 ? null : kernelDistance(real, n, fake, m, f));
    boolean defined = few > PrecisionRecall.DENSITY_NEIGHBOURS;
    precisionRecall(out, name, defined ? precisionRecall(real, n, fake, m, f) : null);
  }

  private KernelDistance kernelDistance(float[] real, int n, float[] fake, int m, int f) {
    return KernelDistance.of(
        device, real, n, fake, m, f, KernelDistance.SUBSETS, KernelDistance.SIZE, seed);
  }

  private PrecisionRecall precisionRecall(float[] real, int n, float[] fake, int m, int f) {
    return PrecisionRecall.of(device, real, n, fake, m, f, PrecisionRecall.MOST, seed);
  }

  private static void kernelDistance(Measures.Builder out, String name, KernelDistance found) {
    out.metric("kid_" + name, found == null ? Double.NaN : found.value());
    out.metric("kid_" + name + "_se", found == null ? Double.NaN : found.standardError());
    out.count("kid_" + name + "_subsets", found == null ? 0 : found.subsets());
    out.count("kid_" + name + "_subset_size", found == null ? 0 : found.size());
  }

  private static void precisionRecall(Measures.Builder out, String name, PrecisionRecall found) {
    out.metric("precision_" + name, found == null ? Double.NaN : found.precision());
    out.metric("recall_" + name, found == null ? Double.NaN : found.recall());
    out.metric("density_" + name, found == null ? Double.NaN : found.density());
    out.metric("coverage_" + name, found == null ? Double.NaN : found.coverage());
    out.count("precision_recall_neighbours", PrecisionRecall.NEIGHBOURS);
    out.count("density_coverage_neighbours", PrecisionRecall.DENSITY_NEIGHBOURS);
    out.count("precision_" + name + "_reference_samples", found == null ? 0 : found.realSamples());
    out.count("precision_" + name + "_samples", found == null ? 0 : found.fakeSamples());
  }
}
