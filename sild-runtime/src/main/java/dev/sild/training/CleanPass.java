package dev.sild.training;

import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.Gather;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Noise;
import dev.sild.bindings.SigmaLaw;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Step;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.SampleSpace;
import dev.sild.data.Source;
import dev.sild.sild.Latents;

/** Runs clean samples of a source through a network and collects what comes out, batch by batch. */
public final class CleanPass {
  private CleanPass() {}

  /** Mean and scale of the latents of {@link Stage.Setting#statistics} training samples. */
  static Latents latents(Stage.Setting s, Source samples, Latents.Encoder encoder, int batch) {
    float[] z = codes(s, samples, encoder, batch);
    SampleSpace space = s.config().latentSpace(s.data().space());
    return s.config().method().compresses()
        ? Latents.measure(z, space)
        : Latents.together(z, space.dimension());
  }

  /** The latents themselves, in the encoder's units. */
  static float[] codes(Stage.Setting s, Source samples, Latents.Encoder encoder, int batch) {
    int latent = s.config().latent(s.data().space());
    return outputs(s.device(), s.stream(), samples, s.statistics(), batch, latent, encoder);
  }

  /** Samples 0 … count − 1 themselves: (count, D) in the network's units. */
  public static float[] samples(Device device, Source samples, int count, int batch) {
    try (Stream stream = device.openStream()) {
      return outputs(device, stream, samples, count, batch, samples.dimension(), (_, x, _) -> x);
    }
  }

  /**
   * The outputs (count, columns) for samples 0 … count − 1.
   *
   * @param network (B, D) to (B, columns)
   */
  public static float[] outputs(
      Device device,
      Stream stream,
      Source samples,
      int count,
      int batch,
      int columns,
      Latents.Encoder network) {
    float[] all = new float[Math.multiplyExact(count, columns)];
    try (MemoryPlan memory = new MemoryPlan("clean samples")) {
      Slot clear = memory.add("x", batch, samples.dimension());
      Slot zeros = memory.add("sigma", batch);
      Slot address = memory.add("step", DType.U8, Step.BYTES);
      memory.allocate(device);
      View x = clear.view();
      View sigma = zeros.view();
      View step = address.view();
      for (int at = 0; at < count; at += batch) {
        int rows = Math.min(batch, count - at);
        Step.at(at).writeTo(stream, step);
        samples.prepare(stream, at, rows);
        Gather clean = samples.batch(stream, step, rows);
        SigmaLaw none = new SigmaLaw.Fixed(0);
        stream.perturb(x.first(rows), sigma.first(rows), clean, none, 0, new Noise(0, 0), step);
        float[] y = network.encode(stream, x.first(rows), step).floats();
        System.arraycopy(y, 0, all, at * columns, y.length);
      }
    }
    return all;
  }
}
