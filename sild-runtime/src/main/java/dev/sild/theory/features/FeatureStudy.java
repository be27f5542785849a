package dev.sild.theory.features;

import dev.sild.Purpose;
import dev.sild.bindings.Device;
import dev.sild.bindings.RandomFeature;
import dev.sild.bindings.Stream;
import dev.sild.data.HostSource;
import dev.sild.data.Source;
import java.util.ArrayList;
import java.util.List;

/**
 * Excess risk of random-feature ridge regression on exact latents, against samples, features and
 * intrinsic dimension.
 *
 * @param width of the features' kernel: {@link FeatureDenoiser.Shape}
 * @param variance of a mode of the {@link ProductLaw}
 * @param counts n, rising
 * @param features N, rising
 * @param ridge c of λ = c/√n; 0 to choose λ on held-out samples
 * @param heldOut samples behind each risk, and as many others for the choice of λ
 */
public record FeatureStudy(
    RandomFeature kind,
    double width,
    double variance,
    List<Integer> counts,
    List<Integer> features,
    double ridge,
    int heldOut) {
  /**
   * One fit.
   *
   * @param k intrinsic dimension
   * @param n samples
   * @param features N
   * @param lambda λ
   */
  public record Cell(
      int k, double sigma, int n, int features, int seed, double lambda, Risk risk) {}

  /** All n and N at one k, σ and seed, from one pass over the samples. */
  public List<Cell> grid(Device device, int k, double sigma, int seed) {
    ProductLaw law = new ProductLaw(k, variance);
    HostSource.Law latents = law::sample;
    return grid(device, latents, law, sigma, seed);
  }

  /**
   * The same with latents that are those of a product law but for rounding, as Uᵀ U z is.
   *
   * @param latents draws them
   */
  List<Cell> grid(Device device, HostSource.Law latents, ProductLaw law, double sigma, int seed) {
    int k = law.dimension();
    List<Cell> cells = new ArrayList<>();
    try (Stream stream = device.openStream();
        ProductDenoiser exact = new ProductDenoiser(device, law);
        FeatureDenoiser found = denoiser(device, k, seed);
        RidgeFit ridgeFit = new RidgeFit(device, stream, found, null);
        Source training = source(device, latents, k, Purpose.TRAINING_SAMPLES, seed);
        Source choosing = source(device, latents, k, Purpose.REFINE_SAMPLES, seed);
        Source test = source(device, latents, k, Purpose.HELD_OUT_SAMPLES, seed);
        FeatureMoments moments = ridgeFit.moments();
        FeatureMoments held = ridgeFit.moments()) {
      var noise = Purpose.EVALUATION_NOISE.noise(seed);
      float[] best = Probe.estimates(device, stream, exact, k, test, noise, sigma, heldOut);
      ridgeFit.read(held, choosing, Purpose.COLLAPSE_NOISE.noise(seed), sigma, heldOut);
      for (int n : counts) {
        ridgeFit.read(moments, training, Purpose.REFINE_NOISE.noise(seed), sigma, n);
        for (int used : features) {
          RidgeFit.Fit fit = RidgeFit.choose(moments, held, used, ridge);
          found.fit(sigma, fit.weights());
          float[] own = Probe.estimates(device, stream, found, k, test, noise, sigma, heldOut);
          Risk risk = Risk.of(own, best, heldOut);
          cells.add(new Cell(k, sigma, n, used, seed, fit.lambda(), risk));
        }
      }
    }
    return cells;
  }

  FeatureDenoiser denoiser(Device device, int k, int seed) {
    var shape = FeatureDenoiser.Shape.of(kind, k, k, features.getLast(), width);
    return new FeatureDenoiser(device, shape, seed);
  }

  private static Source source(
      Device device, HostSource.Law law, int k, Purpose purpose, int seed) {
    return new HostSource(device, law, k, Pairs.BATCH, purpose.noise(seed));
  }
}
