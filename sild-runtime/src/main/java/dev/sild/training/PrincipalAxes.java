package dev.sild.training;

import dev.sild.Purpose;
import dev.sild.baseline.Pca;
import dev.sild.bindings.MemoryPlan;
import dev.sild.data.Source;
import dev.sild.data.Tensor;
import dev.sild.network.Blueprint;
import dev.sild.network.ConservativeNetwork;
import dev.sild.network.Parameters;
import dev.sild.network.Parameters.Kind;
import dev.sild.network.Weights;
import java.util.Map;

/**
 * The encoder of the conservative network: the top principal coordinates of D_W over clean data.
 */
final class PrincipalAxes {
  private PrincipalAxes() {}

  /**
   * The weights, and {@code principal.axes} V (Z, D) and {@code principal.offset} −V μ (Z) beside
   * them.
   */
  static Weights append(Stage.Setting s, Weights weights) {
    int dimension = s.data().dimension();
    int latent = s.config().autoencoder().latent();
    int batch = s.config().collapse().rows();
    try (Parameters values = new Parameters();
        MemoryPlan memory = new MemoryPlan("D_W");
        Source source =
            s.data().training(s.device(), batch, Purpose.TRAINING_SAMPLES.noise(s.seed()))) {
      Blueprint blueprint = new Blueprint(values, memory, batch, false);
      ConservativeNetwork network =
          new ConservativeNetwork(
              blueprint, "conservative", dimension, s.config().autoencoder().width());
      values.allocate(s.device(), false);
      memory.allocate(s.device());
      weights.copyTo(values, Kind.VALUE);
      float[] denoised =
          CleanPass.outputs(
              s.device(),
              s.stream(),
              source,
              Stage.STATISTICS,
              batch,
              dimension,
              (stream, x, _) -> network.forward(stream, x));
      Pca pca = Pca.fit(s.device(), denoised, Stage.STATISTICS, dimension, latent);
      return weights.and(new Weights(tensors(pca, latent, dimension)));
    }
  }

  private static Map<String, Tensor> tensors(Pca pca, int latent, int dimension) {
    double[] components = pca.components();
    double[] mean = pca.mean();
    float[] axes = new float[latent * dimension];
    float[] offset = new float[latent];
    for (int z = 0; z < latent; z++) {
      double shift = 0;
      for (int j = 0; j < dimension; j++) {
        axes[z * dimension + j] = (float) components[z * dimension + j];
        shift -= components[z * dimension + j] * mean[j];
      }
      offset[z] = (float) shift;
    }
    return Map.of(
        "principal.axes", Tensor.of("principal.axes", axes, latent, dimension),
        "principal.offset", Tensor.of("principal.offset", offset, latent));
  }
}
