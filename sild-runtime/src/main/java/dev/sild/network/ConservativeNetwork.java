package dev.sild.network;

import dev.sild.bindings.Activation;
import dev.sild.bindings.Epilogue;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;

/**
 * The two-layer network of the theory in mean-field scaling, D_W(x) = (1/m) Σ_j a_j φ(⟨w_j, x⟩ +
 * b_j) w_j. Tied weights make it the gradient of a potential; the signs a_j are not learned.
 */
public final class ConservativeNetwork implements Layer {

  /** The signs a_j. */
  public enum Signs {
    /** ±1 in equal number. */
    BALANCED,
    /** All +1. */
    POSITIVE
  }

  private final Signs signs;
  private final Activation activation;
  private final Parameter weight;
  private final Parameter bias;
  private final Slot gain;
  private final Slot hidden;
  private final Slot preactivation;
  private final Slot hiddenGradient;
  private final Slot output;
  private View x;
  private View h;
  private boolean signed;

  /**
   * The network of the product: φ = SiLU, balanced signs.
   *
   * @param dimension columns of x and y
   * @param width m, even
   */
  public ConservativeNetwork(Blueprint blueprint, String name, int dimension, int width) {
    this(blueprint, name, dimension, width, Activation.SILU, Signs.BALANCED);
  }

  /**
   * @param dimension columns of x and y
   * @param width m, even where signs are balanced
   * @param activation φ
   */
  public ConservativeNetwork(
      Blueprint blueprint,
      String name,
      int dimension,
      int width,
      Activation activation,
      Signs signs) {
    this.signs = signs;
    this.activation = activation;
    weight = blueprint.parameters().normal(name + ".weight", 1, width, dimension);
    bias = blueprint.parameters().normal(name + ".bias", 1, width);
    gain = blueprint.activations().add(name + ".gain", width);
    hidden = blueprint.rows(name + ".hidden", width);
    preactivation = blueprint.rowsForTraining(name + ".u", width);
    hiddenGradient = blueprint.rowsForTraining(name + ".dhidden", width);
    output = blueprint.rows(name + ".y", dimension);
  }

  @Override
  public View forward(Stream stream, View x) {
    this.x = x;
    if (!signed) gain.view().write(gains(Math.toIntExact(gain.view().elements())));
    signed = true;
    h = hidden.view().first(x.rows());
    View u = preactivation == null ? null : preactivation.view().first(x.rows());
    Epilogue epilogue = new Epilogue(bias.value(), null, gain.view(), null, activation);
    stream.linearForward(h, u, x, weight.value(), epilogue);
    View y = output.view().first(x.rows());
    stream.matmul(y, h, false, weight.value(), false, false); // D = (a φ / m) W: the weights again
    return y;
  }

  /** Leaves out dx: the network stands at the input. */
  @Override
  public View backward(Stream stream, View dy) {
    View dh = hiddenGradient.view().first(x.rows());
    View u = preactivation.view().first(x.rows());
    stream.matmul(weight.gradient(), h, true, dy, false, false); // through the second layer …
    stream.matmul(dh, dy, false, weight.value(), true, false);
    stream.linearBackward( // … and, on top of it, through the first
        null,
        weight.gradient(),
        bias.gradient(),
        dh,
        dh,
        u,
        x,
        weight.value(),
        gain.view(),
        activation,
        false,
        true);
    return null;
  }

  /** a_j/m. */
  private float[] gains(int width) {
    float[] gains = new float[width];
    for (int j = 0; j < width; j++)
      gains[j] = (signs == Signs.POSITIVE || j % 2 == 0 ? 1f : -1f) / width;
    return gains;
  }
}
