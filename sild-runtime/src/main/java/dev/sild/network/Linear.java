package dev.sild.network;

import dev.sild.bindings.Activation;
import dev.sild.bindings.Epilogue;
import dev.sild.bindings.MlpWeights;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;

/** y = residual + φ(x wᵀ + bias + modulation), with w drawn from N(0, scale²/inputs). */
public final class Linear implements Layer {
  private final Parameter weight;
  private final Parameter bias;
  private final Activation activation;
  private final Slot output;
  private final Slot preactivation;
  private final Slot inputGradient;
  private View x;
  private View u;

  /**
   * @param scale 1 keeps the variance of the input; 0 makes the layer start as the zero map
   * @param wantsInputGradient whether {@link #backward} returns dx
   */
  public Linear(
      Blueprint blueprint,
      String name,
      int inputs,
      int outputs,
      Activation activation,
      double scale,
      boolean wantsInputGradient) {
    this.activation = activation;
    weight =
        blueprint.parameters().normal(name + ".weight", scale / Math.sqrt(inputs), outputs, inputs);
    bias = blueprint.parameters().constant(name + ".bias", 0, outputs);
    output = blueprint.rows(name + ".y", outputs);
    preactivation =
        activation == Activation.IDENTITY ? null : blueprint.rowsForTraining(name + ".u", outputs);
    inputGradient = wantsInputGradient ? blueprint.rowsForTraining(name + ".dx", inputs) : null;
  }

  /**
   * This layer among the weights of a network that is carried through a whole trajectory.
   *
   * @param before the norm before it, or null
   */
  public MlpWeights.Layer packed(Norm before) {
    return new MlpWeights.Layer(
        weight.value(),
        bias.value(),
        before == null ? null : before.gain(),
        before == null ? null : before.shift());
  }

  @Override
  public View forward(Stream stream, View x) {
    return forward(stream, x, null, null);
  }

  /** Forward with modulation (B or 1, outputs) and residual (B, outputs), either may be null. */
  public View forward(Stream stream, View x, View modulation, View residual) {
    this.x = x;
    View y = output.view().first(x.rows());
    u = preactivation == null ? null : preactivation.view().first(x.rows());
    Epilogue epilogue = new Epilogue(bias.value(), modulation, null, residual, activation);
    stream.linearForward(y, u, x, weight.value(), epilogue);
    return y;
  }

  @Override
  public View backward(Stream stream, View dy) {
    View dx = inputGradient == null ? null : inputGradient.view().first(x.rows());
    backward(stream, dy, dx, false);
    return dx;
  }

  /**
   * Backward into {@code dx}, which may be null or added to; dy becomes the modulation's gradient.
   */
  void backward(Stream stream, View dy, View dx, boolean add) {
    stream.linearBackward(
        dx,
        weight.gradient(),
        bias.gradient(),
        dy,
        dy,
        u,
        x,
        weight.value(),
        null,
        activation,
        add,
        false);
  }
}
