package dev.sild.bindings;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A network that is packed for a device, between guard bands. */
final class MlpOnDevice implements AutoCloseable {
  private static final int BAND = 64;

  private final Witness witness;
  private final MlpReference net;
  private final Buffer buffer;
  private final View packed;

  MlpOnDevice(Witness witness, MlpReference net) {
    this.witness = witness;
    this.net = net;
    MlpShape shape = net.shape();
    long bytes = witness.stream().mlpPackedBytes(shape);
    buffer = witness.device().allocate(BAND + bytes + BAND);
    packed = buffer.view(BAND, DType.U8, bytes);
    byte[] pattern = new byte[Math.toIntExact(buffer.bytes())];
    Arrays.fill(pattern, (byte) 0xFF);
    buffer.copyIn(0, MemorySegment.ofArray(pattern));
    List<MlpWeights.Layer> layers = new ArrayList<>();
    for (int i = 0; i < shape.layers(); i++) {
      MlpReference.Layer layer = net.layers().get(i);
      int n = shape.outputs(i);
      int k = shape.inputs(i);
      layers.add(
          new MlpWeights.Layer(
              witness.input(layer.weight(), n, k),
              witness.input(layer.bias(), n),
              witness.input(layer.gain(), k),
              witness.input(layer.shift(), k)));
    }
    witness.stream().packMlp(packed, new MlpWeights(shape, layers));
  }

  /** Whether the device carries such networks. */
  static boolean fits(Witness witness, MlpShape shape) {
    return witness.stream().mlpPackedBytes(shape) > 0;
  }

  /**
   * x at the end of the trajectory of these rows, which may be others than the packed network's.
   */
  View sample(MlpReference rows) {
    MlpShape shape = net.shape();
    int evaluations = rows.plan().size();
    View x = witness.state(rows.x(), rows.rows(), shape.latent());
    float[] plan = PlanRow.table(rows.plan());
    double[] table = new double[plan.length];
    for (int i = 0; i < plan.length; i++) table[i] = plan[i];
    witness.stream()
        .mlpSampler(
            x,
            packed,
            shape,
            witness.input(rows.modulation(), evaluations, shape.blocks(), shape.width()),
            witness.input(table, evaluations, PlanRow.COLUMNS),
            rows.start(),
            MlpReference.NOISE,
            rows.firstSample() == 0 ? null : witness.step(Step.at(rows.firstSample())));
    return x;
  }

  View sample() {
    return sample(net);
  }

  /** Nothing was written beside the packed network. */
  @Override
  public void close() {
    byte[] all = new byte[Math.toIntExact(buffer.bytes())];
    buffer.copyOut(0, MemorySegment.ofArray(all));
    buffer.close();
    for (int i = 0; i < all.length; i++)
      if ((i < BAND || i >= all.length - BAND) && all[i] != (byte) 0xFF)
        throw new AssertionError("byte %d beside the packed network".formatted(i - BAND));
  }
}
