package dev.sild.bench;

import dev.sild.Purpose;
import dev.sild.bindings.Activation;
import dev.sild.bindings.AdamW;
import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.DeviceException;
import dev.sild.bindings.Gather;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Recording;
import dev.sild.bindings.SigmaLaw;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Step;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.network.Blueprint;
import dev.sild.network.Linear;
import dev.sild.network.Parameters;
import dev.sild.network.Parameters.Kind;
import java.util.ArrayList;
import java.util.List;

/**
 * A training step of the yardstick network, op by op as the trainer issues them: samples of a bank,
 * ln σ uniform, noise, a perceptron of three hidden layers of SiLU on the noisy sample and 64
 * features of σ, the denoising loss, backward, AdamW and the moving average. The first layer is
 * two, one for the sample and one for the features, which modulates it. Owns its memory.
 */
public final class TrainingStep implements AutoCloseable {
  private static final int WIDTH = 512;
  private static final int FEATURES = 64;
  private static final int HIDDEN = 3;
  private static final int BANK = 8192; // rows of samples
  private static final int BINS = 24;
  private static final double SIGMA_DATA = 1; // of standard normals
  private static final SigmaLaw.LogUniform LAW = new SigmaLaw.LogUniform(0.01, 50);
  private static final AdamW RULE = new AdamW(0.9, 0.999, 1e-8, 0.01, 0);
  private static final double LEARNING_RATE = 1e-3;
  private static final double EMA_DECAY = 0.999;
  private static final int SEED = 1;

  private final int dimension;
  private final int batch;
  private final Stream stream;
  private final Parameters parameters = new Parameters();
  private final MemoryPlan memory = new MemoryPlan("yardstick");
  private final Linear modulation;
  private final List<Linear> layers = new ArrayList<>();
  private final Slot bank;
  private final Slot index;
  private final Slot scale;
  private final Slot shift;
  private final Slot noisy;
  private final Slot sigma;
  private final Slot features;
  private final Slot dF;
  private final Slot loss;
  private final Slot error;
  private final Slot step = memory.add("step", DType.U8, Step.BYTES);
  private final Slot squaredNorm = memory.add("squared norm", DType.F64, 1);
  private final Slot stopped = memory.add("stopped", DType.I64, 1);
  private final Slot bins = memory.add("bins", DType.F64, BINS, 4);
  private final List<Piece> pieces = new ArrayList<>();
  private final Recording recording;
  private long steps;
  private View modulated; // what the features add to the first layer
  private View activation; // what the next layer reads
  private View gradient; // what the layer before takes

  /** Allocates and initialises. */
  public TrainingStep(Device device, Stream stream, TrainingJob job, int batch) {
    this.stream = stream;
    this.batch = batch;
    dimension = job.dimension();
    Blueprint blueprint = new Blueprint(parameters, memory, batch, true);
    modulation = linear(blueprint, "modulation", FEATURES, WIDTH, Activation.IDENTITY, false);
    for (int i = 0; i < HIDDEN; i++) {
      int inputs = i == 0 ? dimension : WIDTH;
      layers.add(linear(blueprint, "hidden." + i, inputs, WIDTH, Activation.SILU, i > 0));
    }
    layers.add(linear(blueprint, "out", WIDTH, dimension, Activation.IDENTITY, true));
    bank = memory.add("bank", BANK, dimension);
    index = memory.add("index", DType.I32, batch, 1);
    scale = memory.add("scale", dimension);
    shift = memory.add("shift", dimension);
    noisy = memory.add("noisy", batch, dimension);
    sigma = memory.add("sigma", batch);
    features = memory.add("features", batch, FEATURES);
    dF = memory.add("dF", batch, dimension);
    loss = memory.add("loss", batch);
    error = memory.add("error", batch);
    parameters.allocate(device, true);
    memory.allocate(device);
    parameters.initialise(stream, Purpose.INITIAL_DENOISER.noise(SEED));
    stream.fill(scale.view(), 1);
    stream.samplerStep( // the bank: standard normals
        bank.view(), null, 0, null, 0, null, 0, 1, Purpose.SAMPLING.noise(SEED), null, 0);
    planNoise();
    planForward();
    planLoss();
    planBackward();
    planUpdate();
    recording = stream.record(() -> pieces.forEach(piece -> piece.run().run()));
  }

  private static Linear linear(
      Blueprint blueprint, String name, int inputs, int outputs, Activation phi, boolean dx) {
    return new Linear(blueprint, name, inputs, outputs, phi, 1, dx);
  }

  private void piece(String name, Work work, Runnable run) {
    pieces.add(new Piece(name, work, run));
  }

  /** The clean samples of a step. */
  private Gather clean() {
    return new Gather(bank.view(), index.view(), scale.view(), shift.view());
  }

  private void planNoise() {
    Gather clean = clean();
    piece(
        "draw_indices",
        Work.instructions(batch),
        () ->
            stream.drawIndices(
                index.view(), BANK, Purpose.TRAINING_SAMPLES.noise(SEED), step.view()));
    piece(
        "perturb",
        Work.instructions(2.0 * batch * dimension),
        () ->
            stream.perturb(
                noisy.view(),
                sigma.view(),
                clean,
                LAW,
                SIGMA_DATA,
                Purpose.REFINE_NOISE.noise(SEED),
                step.view()));
    piece(
        "time_embedding",
        Work.instructions((double) batch * FEATURES),
        () -> stream.timeEmbedding(features.view(), sigma.view()));
  }

  private void planForward() {
    piece(
        "modulation forward",
        Work.linearForward(batch, FEATURES, WIDTH, 1),
        () -> modulated = modulation.forward(stream, features.view()));
    piece(
        "hidden.0 forward",
        Work.linearForward(batch, dimension, WIDTH, 3), // y, u and what modulates
        () -> activation = layers.getFirst().forward(stream, noisy.view(), modulated, null));
    for (int i = 1; i < HIDDEN; i++) forwardPiece("hidden." + i, layers.get(i), WIDTH, 2);
    forwardPiece("out", layers.getLast(), dimension, 1);
  }

  private void planLoss() {
    Gather clean = clean();
    piece(
        "dsm_loss",
        Work.memory(4.0 * batch * dimension), // F, noisy, the clean sample; dF
        () -> {
          stream.dsmLoss(
              dF.view(),
              loss.view(),
              error.view(),
              activation,
              noisy.view(),
              sigma.view(),
              clean,
              SIGMA_DATA);
          gradient = dF.view();
        });
  }

  private void forwardPiece(String name, Linear layer, int outputs, int planes) {
    piece(
        name + " forward",
        Work.linearForward(batch, WIDTH, outputs, planes),
        () -> activation = layer.forward(stream, activation));
  }

  private void planBackward() {
    backwardPiece("out", layers.getLast(), WIDTH, dimension, true, false);
    for (int i = HIDDEN - 1; i > 0; i--)
      backwardPiece("hidden." + i, layers.get(i), WIDTH, WIDTH, true, true);
    piece(
        "hidden.0 backward",
        Work.linearBackward(batch, dimension, WIDTH, false, true),
        () ->
            layers.getFirst().backward(stream, gradient)); // in place: it becomes the modulation's
    piece(
        "modulation backward",
        Work.linearBackward(batch, FEATURES, WIDTH, false, false),
        () -> modulation.backward(stream, gradient));
  }

  private void backwardPiece(
      String name, Linear layer, int inputs, int outputs, boolean dx, boolean silu) {
    piece(
        name + " backward",
        Work.linearBackward(batch, inputs, outputs, dx, silu),
        () -> gradient = layer.backward(stream, gradient));
  }

  private void planUpdate() {
    View gradients = parameters.flat(Kind.GRADIENT);
    piece(
        "sum_of_squares",
        Work.memory(gradients.elements()),
        () -> stream.sumOfSquares(squaredNorm.view(), gradients));
    piece(
        "adamw_ema",
        Work.memory(9.0 * gradients.elements()), // p, m, v and ema to and fro, g
        () ->
            stream.adamwEma(
                parameters.flat(Kind.VALUE),
                parameters.flat(Kind.FIRST_MOMENT),
                parameters.flat(Kind.SECOND_MOMENT),
                parameters.flat(Kind.AVERAGE),
                null,
                stopped.view(),
                gradients,
                squaredNorm.view(),
                step.view(),
                RULE));
    double low = Math.log(LAW.low());
    double high = Math.log(LAW.high());
    piece(
        "bin_errors",
        Work.memory(3.0 * batch),
        () -> stream.binErrors(bins.view(), sigma.view(), error.view(), loss.view(), low, high));
  }

  /** The ops of a step, in their order. */
  public List<Piece> pieces() {
    return List.copyOf(pieces);
  }

  /** What a step has to do: its products bind. */
  public Work work() {
    double flops = pieces.stream().mapToDouble(piece -> piece.work().flops()).sum();
    double bytes = pieces.stream().mapToDouble(piece -> piece.work().bytes()).sum();
    return new Work(flops, bytes, Work.Bound.PRODUCTS);
  }

  /** Learned numbers. */
  public long parameters() {
    return parameters.count();
  }

  /** Tells the device which step comes next. */
  public void advance() {
    steps++;
    new Step(
            (steps - 1) * batch,
            LEARNING_RATE,
            1 / (1 - Math.pow(RULE.beta1(), steps)),
            1 / (1 - Math.pow(RULE.beta2(), steps)),
            EMA_DECAY)
        .writeTo(stream, step.view());
  }

  /** One step. */
  public void run() {
    advance();
    recording.run();
  }

  /**
   * Mean loss of the last step.
   *
   * @throws DeviceException if a gradient was not finite: such steps are no measure
   */
  public double loss() {
    if (stopped.view().longs()[0] != 0)
      throw new DeviceException("a gradient of the yardstick network was not finite");
    double sum = 0;
    for (float value : loss.view().floats()) sum += value;
    return sum / batch;
  }

  @Override
  public void close() {
    recording.close();
    memory.close();
    parameters.close();
  }
}
