package dev.sild.rivals;

import static org.bytedeco.pytorch.global.torch.layer_norm;
import static org.bytedeco.pytorch.global.torch.linear;
import static org.bytedeco.pytorch.global.torch.randn;
import static org.bytedeco.pytorch.global.torch.randn_like;
import static org.bytedeco.pytorch.global.torch.silu;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;

/** A way to write a trajectory. */
interface TorchForm {
  /** x (rows, 64) after so many steps. */
  Tensor trajectory(int rows, int steps);

  /** One operation at a time. */
  record Eager(TorchNetwork network, Plan plan) implements TorchForm {
    @Override
    public Tensor trajectory(int rows, int steps) {
      Tensor x = randn(rows, network.job().dimension()).mul_(new Scalar(plan.start()));
      for (int i = 0; i < steps; i++)
        try (PointerScope _ = new PointerScope()) {
          Plan.Step step = plan.steps().get(i);
          Tensor f = network(x.mul(new Scalar(step.scale())), i);
          x.mul_(new Scalar(step.keep()))
              .add_(f, new Scalar(step.move()))
              .add_(randn_like(x), new Scalar(step.noise()));
        }
      return x;
    }

    private Tensor network(Tensor x, int step) {
      if (network.job() == Job.SAMPLE_LATENT) {
        Tensor h = layer(0, x, step);
        Tensor inner = silu(layer(1, layer_norm(h, Job.WIDTH), step));
        return layer(3, layer_norm(h.add(layer(2, inner, step)), Job.WIDTH), step);
      }
      Tensor h = silu(layer(0, x, step));
      return layer(3, silu(layer(2, silu(layer(1, h, step)), step)), step);
    }

    private Tensor layer(int i, Tensor x, int step) {
      return linear(x, network.weights().get(i), new TensorOptional(network.bias(i, step)));
    }

    @Override
    public String toString() {
      return "one operation at a time";
    }
  }
}
