package dev.sild.training;

import dev.sild.Purpose;
import dev.sild.baseline.LatentPenalty;
import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Noise;
import dev.sild.bindings.SigmaLaw;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Step;
import dev.sild.bindings.Stream;
import dev.sild.data.DataSet;
import dev.sild.data.TokenShape;
import dev.sild.data.molecule.Notation;
import dev.sild.data.molecule.TokenSource;
import dev.sild.network.Blueprint;
import dev.sild.network.Parameters;
import dev.sild.sild.Bottleneck;
import dev.sild.sild.ConfigFile;
import dev.sild.sild.RunConfig;
import java.util.Map;

/** A first stage of molecules; the stream, and all that it computes with, are its own. */
final class FirstOfTokens implements AutoCloseable {
  static final int SEED = Integer.getInteger("sild.seed", 20261126);
  static final int HEADS = 2;
  static final SigmaLaw LAW = new SigmaLaw.LogUniform(0.1, 0.5);
  static final Noise ORDER = Purpose.TRAINING_SAMPLES.noise(SEED);
  static final Noise NOISE = Purpose.COLLAPSE_NOISE.noise(SEED);
  static final DataSet.Molecules DATA = FewMolecules.in(Notation.SMILES);
  static final TokenShape SHAPE = DATA.shape();

  final Stream stream;
  final Parameters parameters = new Parameters();
  final MemoryPlan memory = new MemoryPlan("test");
  final Slot step;
  final TokenSource source;
  final TokenObjective objective;
  final FirstStage.Rival rival;
  final int batch;

  FirstOfTokens(Device device, String method, double weight, int batch) {
    this.batch = batch;
    RunConfig config =
        ConfigFile.of(
            "qm9",
            Map.of(
                "method",
                method,
                "autoencoder.latent",
                "5",
                "autoencoder.width",
                "6",
                "autoencoder.blocks",
                "1",
                "autoencoder.heads",
                "" + HEADS,
                "baseline.kl_weight",
                "" + weight,
                "baseline.mmd_weight",
                "" + weight,
                "baseline.adversary_weight",
                "" + weight,
                "baseline.adversary_width",
                "8"));
    Blueprint blueprint = new Blueprint(parameters, memory, batch, true);
    boolean sild = method.equals("sild");
    rival =
        sild
            ? new FirstStage.Rival(
                Bottleneck.of(blueprint, config.autoencoder(), DATA.space()), LatentPenalty.NONE, 0)
            : FirstStage.Rival.of(config, SEED, blueprint, DATA.space());
    stream = device.openStream();
    source = DATA.training(device, batch, ORDER);
    step = memory.add("step", DType.U8, Step.BYTES);
    objective =
        new TokenObjective(
            parameters,
            rival.network(),
            rival.penalty(),
            rival.weight(),
            source,
            SHAPE,
            sild ? LAW : new SigmaLaw.Fixed(0),
            NOISE,
            memory,
            batch);
    parameters.allocate(device, true);
    memory.allocate(device);
    parameters.initialise(stream, Purpose.INITIAL_AUTOENCODER.noise(SEED));
  }

  /** Mean loss of a batch; gradients are written. */
  double loss(long firstSample) {
    Step.at(firstSample).writeTo(stream, step.view());
    objective.prepare(stream, firstSample, batch);
    objective.gradients(stream, step.view(), batch);
    double sum = 0;
    for (float row : objective.loss().floats()) sum += row;
    return sum / batch;
  }

  @Override
  public void close() {
    source.close();
    memory.close();
    parameters.close();
    stream.close();
  }
}
