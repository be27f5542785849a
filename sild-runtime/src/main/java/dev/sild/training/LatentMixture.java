package dev.sild.training;

import dev.sild.Purpose;
import dev.sild.baseline.GaussianMixture;
import dev.sild.bindings.MemoryPlan;
import dev.sild.data.SampleSpace;
import dev.sild.data.Source;
import dev.sild.network.Blueprint;
import dev.sild.network.Parameters;
import dev.sild.network.Parameters.Kind;
import dev.sild.network.Weights;
import dev.sild.sild.Autoencoder;
import dev.sild.sild.Latents;

/** The ex-post density of an autoencoder's latents: a Gaussian mixture of the standardised ones. */
final class LatentMixture {
  private LatentMixture() {}

  /**
   * The latents' mean and scale, and the mixture.
   *
   * @param weights averaged, of the autoencoder
   */
  static Weights fit(Stage.Setting s, Weights weights) {
    int batch = s.config().collapse().rows();
    try (Parameters values = new Parameters();
        MemoryPlan memory = new MemoryPlan("encoder");
        Source samples =
            s.data().training(s.device(), batch, Purpose.REFINE_SAMPLES.noise(s.seed()))) {
      Autoencoder autoencoder =
          Autoencoder.of(new Blueprint(values, memory, batch, false), s.config(), s.data().space());
      values.allocate(s.device(), false);
      memory.allocate(s.device());
      weights.copyTo(values, Kind.VALUE);
      Latents.Encoder encoder = (stream, x, _) -> autoencoder.encode(stream, x);
      float[] z = CleanPass.codes(s, samples, encoder, batch);
      SampleSpace space = s.config().latentSpace(s.data().space());
      Latents latents = Latents.measure(z, space);
      int latent = space.dimension();
      latents.units().inverse().apply(z);
      int components = s.config().baseline().components();
      GaussianMixture mixture =
          GaussianMixture.fit(s.device(), z, s.statistics(), latent, components, s.seed())
              .mixture();
      return latents.asWeights().and(mixture.asWeights());
    }
  }
}
