package dev.sild.theory.alignment;

import dev.sild.Purpose;
import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.evaluation.AlignmentRisk;
import dev.sild.network.Blueprint;
import dev.sild.network.ConservativeNetwork;
import dev.sild.network.Parameters;
import dev.sild.network.Parameters.Kind;
import java.util.Arrays;

/**
 * The gradient flow of a {@link Setting} on a device, by plain gradient descent: no momentum, no
 * adaptive step. With Langevin noise it is dw_j = −m ∂L/∂w_j dt + √(2T) dB_j. Owns its memory.
 */
public final class GradientFlow implements AutoCloseable {
  private static final int PROBES = 4; // rows of the risk to a row of the gradient
  private static final int COLUMNS = 16; // divides an arena

  private final Setting setting;
  private final Stream stream;
  private final Parameters parameters = new Parameters();
  private final MemoryPlan activations = new MemoryPlan("activations");
  private final ConservativeNetwork network;
  private final Rows training;
  private final Rows probes;
  private final float[] probed;
  private final AlignmentRisk floor;
  private final View dF;
  private final View loss;
  private final View error;
  private int steps;

  /** A flow at its start. */
  public GradientFlow(Device device, Setting s) {
    setting = s;
    stream = device.openStream();
    training =
        s.exact()
            ? Rows.moments(device, stream, s)
            : Rows.fresh(device, s, s.batch(), Purpose.TRAINING_SAMPLES, Purpose.COLLAPSE_NOISE);
    probes =
        s.exact()
            ? training
            : Rows.fresh(
                device, s, PROBES * s.batch(), Purpose.HELD_OUT_SAMPLES, Purpose.EVALUATION_NOISE);
    int rows = Math.toIntExact(training.noisy().rows());
    int most = Math.toIntExact(Math.max(rows, probes.noisy().rows()));
    int d = s.manifold().dimension();
    network =
        new ConservativeNetwork(
            new Blueprint(parameters, activations, most, true),
            "conservative",
            d,
            s.neurons(),
            s.activation(),
            s.signs());
    Slot gradients = activations.add("dF", rows, d);
    Slot losses = activations.add("loss", rows);
    Slot errors = activations.add("error", rows);
    parameters.allocate(device, Kind.VALUE);
    parameters.allocate(device, Kind.GRADIENT);
    activations.allocate(device);
    dF = gradients.view();
    loss = losses.view();
    error = errors.view();
    parameters.initialise(stream, Purpose.INITIAL_AUTOENCODER.noise(s.seed()));
    probes.next(stream, 0);
    stream.synchronize();
    probed = probes.noisy().floats();
    float[] best = BayesDenoiser.of(s.manifold(), s.sigma()).denoise(probed);
    floor = AlignmentRisk.of(best, probed, s.manifold(), s.sigma());
  }

  /** One step of the descent. */
  public void step() {
    double dt = setting.timeStep();
    int d = setting.manifold().dimension();
    gradient(); // of σ⁻² E‖D − x‖²/d, not of λ E‖D − x‖²: so the rate mends it
    double rate = dt * setting.neurons() * d * setting.weight() * Math.pow(setting.sigma(), 2);
    long rows = parameters.elements() / COLUMNS;
    View values = parameters.flat(Kind.VALUE).reshape(rows, COLUMNS);
    View slope = parameters.flat(Kind.GRADIENT).reshape(rows, COLUMNS);
    double spread = Math.sqrt(2 * setting.temperature() * dt);
    stream.samplerStep(
        values,
        values,
        1,
        slope,
        -rate,
        null,
        0,
        spread,
        Purpose.SAMPLING.noise(setting.seed()),
        null,
        steps);
    steps++;
  }

  private void gradient() {
    training.next(stream, (long) steps * training.noisy().rows());
    View denoised = network.forward(stream, training.noisy());
    stream.dsmLoss(dF, loss, error, denoised, null, training.sigma(), training.clean(stream), 0);
    network.backward(stream, dF);
  }

  /** t. */
  public double time() {
    return steps * setting.timeStep();
  }

  /** Steps taken. */
  public int steps() {
    return steps;
  }

  /** Of D_W now; over the same rows as the floor. */
  public AlignmentRisk risk() {
    float[] denoised = network.forward(stream, probes.noisy()).floats();
    return AlignmentRisk.of(denoised, probed, setting.manifold(), setting.sigma());
  }

  /** The Bayes floor E‖D* − Π‖². */
  public AlignmentRisk floor() {
    return floor;
  }

  /** The first rows (count, d) that the risk is taken over, or all. */
  float[] probed(int count) {
    int d = setting.manifold().dimension();
    return Arrays.copyOf(probed, Math.min(probed.length, count * d));
  }

  /** Weights (m, d). */
  public float[] weights() {
    return parameters.get("conservative.weight").value().floats();
  }

  /** Biases (m). */
  public float[] biases() {
    return parameters.get("conservative.bias").value().floats();
  }

  @Override
  public void close() {
    stream.close();
    if (probes != training) probes.close();
    training.close();
    activations.close();
    parameters.close();
  }
}
