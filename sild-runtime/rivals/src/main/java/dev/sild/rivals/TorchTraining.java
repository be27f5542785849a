package dev.sild.rivals;

import static org.bytedeco.pytorch.global.torch.cat;
import static org.bytedeco.pytorch.global.torch.mse_loss;
import static org.bytedeco.pytorch.global.torch.rand;
import static org.bytedeco.pytorch.global.torch.randn;
import static org.bytedeco.pytorch.global.torch.randn_like;
import static org.bytedeco.pytorch.global.torch.silu;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.DeviceType;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Denoising score matching: log σ uniform in [log 0.01, log 50] and n ~ N(0, I) for each row; the
 * network sees (x + σ n)/√(1 + σ²) and 64 sines and cosines of log σ, and predicts n.
 */
final class TorchTraining {
  private static final int ROWS = 8192;
  private static final double LOG_MIN = Math.log(0.01);
  private static final double LOG_MAX = Math.log(50);
  private static final Scalar ONE = new Scalar(1.0);

  private final boolean cast;
  private final Tensor data;
  private final Tensor frequencies = TorchNetwork.frequencies();
  private final List<LinearImpl> layers = new ArrayList<>();
  private final TorchOptimiser optimiser;
  private final Tensor lastLoss = torch.zeros(1).squeeze();
  private long row;

  /**
   * @param cast products and activations in bf16, parameters in f32
   */
  TorchTraining(int dimension, Libtorch.Way way, boolean cast) {
    this.cast = cast;
    data = randn(ROWS, dimension);
    layers.add(new LinearImpl(dimension + Job.FEATURES, Job.WIDTH));
    layers.add(new LinearImpl(Job.WIDTH, Job.WIDTH));
    layers.add(new LinearImpl(Job.WIDTH, Job.WIDTH));
    layers.add(new LinearImpl(Job.WIDTH, dimension));
    List<Tensor> parameters =
        layers.stream().flatMap(layer -> List.of(layer.weight(), layer.bias()).stream()).toList();
    optimiser =
        way == Libtorch.Way.EAGER
            ? new TorchOptimiser.Eager(parameters)
            : new TorchOptimiser.Fused(parameters);
  }

  /** One step. */
  void step() {
    try (PointerScope _ = new PointerScope()) {
      Tensor loss = forward();
      optimiser.clear();
      loss.backward();
      optimiser.step();
      lastLoss.copy_(loss.detach());
    }
  }

  private Tensor forward() {
    Tensor x = data.narrow(0, row, Job.BATCH);
    row = (row + Job.BATCH) % ROWS;
    Tensor logSigma =
        rand(Job.BATCH, 1).mul_(new Scalar(LOG_MAX - LOG_MIN)).add_(new Scalar(LOG_MIN));
    Tensor sigma = logSigma.exp();
    Tensor noise = randn_like(x);
    Tensor scale = sigma.mul(sigma).add_(ONE).rsqrt_();
    Tensor noisy = noise.mul(sigma).add_(x).mul_(scale);
    Tensor features = TorchNetwork.features(logSigma, frequencies);
    return mse_loss(predict(cat(new TensorVector(noisy, features), 1)), noise);
  }

  private Tensor predict(Tensor input) {
    if (cast) torch.set_autocast_enabled(DeviceType.CPU, true);
    Tensor h = input;
    for (LinearImpl layer : layers.subList(0, layers.size() - 1)) h = silu(layer.forward(h));
    h = layers.getLast().forward(h);
    if (!cast) return h;
    torch.set_autocast_enabled(DeviceType.CPU, false);
    torch.clear_cache();
    return h.to(ScalarType.Float);
  }

  /** Of the last step. */
  double loss() {
    return lastLoss.item_float();
  }
}
