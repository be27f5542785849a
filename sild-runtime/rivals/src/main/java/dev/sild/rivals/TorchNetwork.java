package dev.sild.rivals;

import static org.bytedeco.pytorch.global.torch.cat;
import static org.bytedeco.pytorch.global.torch.randn;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Parameters of a sampling job. Either network has the layers 64 → 512 → 512 → 512 → 64; what σ
 * adds to one of them is known before the trajectory, and is part of its bias.
 *
 * @param weights (outputs, inputs) of four layers
 * @param biases (outputs), but (steps, outputs) of the layer that sees σ
 */
record TorchNetwork(Job job, List<Tensor> weights, List<Tensor> biases) {
  private static final double HIGHEST = 16;
  private static final double RANGE = 1000;

  /** Which layer sees σ. */
  static int conditioned(Job job) {
    return job == Job.SAMPLE_LATENT ? 1 : 0;
  }

  /** Random parameters. */
  static TorchNetwork random(Job job, Plan plan, ScalarType type) {
    long[] widths = {job.dimension(), Job.WIDTH, Job.WIDTH, Job.WIDTH, job.dimension()};
    List<Tensor> weights = new ArrayList<>();
    List<Tensor> biases = new ArrayList<>();
    for (int layer = 0; layer + 1 < widths.length; layer++) {
      Scalar size = new Scalar(1 / Math.sqrt(widths[layer]));
      weights.add(randn(widths[layer + 1], widths[layer]).mul_(size).to(type));
      biases.add(
          layer == conditioned(job)
              ? levels(plan).to(type)
              : randn(widths[layer + 1]).mul_(size).to(type));
    }
    return new TorchNetwork(job, weights, biases);
  }

  /** (steps, 512): what the features of log σ add. */
  private static Tensor levels(Plan plan) {
    float[] logs = new float[plan.steps().size()];
    for (int i = 0; i < logs.length; i++) logs[i] = (float) Math.log(plan.steps().get(i).sigma());
    Tensor features = features(Tensor.create(logs).view(-1, 1), frequencies());
    return features.matmul(randn(Job.FEATURES, Job.WIDTH)).mul_(new Scalar(1.0 / Job.FEATURES));
  }

  /** The bias of a layer in a step. */
  Tensor bias(int layer, int step) {
    return layer == conditioned(job) ? biases.get(layer).get(step) : biases.get(layer);
  }

  /** (1, 32), falling geometrically. */
  static Tensor frequencies() {
    float[] all = new float[Job.FEATURES / 2];
    for (int i = 0; i < all.length; i++)
      all[i] = (float) (HIGHEST * Math.pow(RANGE, -i / (all.length - 1.0)));
    return Tensor.create(all).view(1, all.length);
  }

  /** (rows, 64): sines and cosines of (rows, 1). */
  static Tensor features(Tensor logSigma, Tensor frequencies) {
    Tensor angle = logSigma.mul(frequencies);
    return cat(new TensorVector(angle.sin(), angle.cos()), 1);
  }
}
