package dev.sild.training;

import dev.sild.bindings.Buffer;
import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.Gather;
import dev.sild.bindings.Noise;
import dev.sild.bindings.SigmaLaw;
import dev.sild.bindings.Step;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.Source;
import dev.sild.sild.Autoencoder;
import dev.sild.sild.Latents;
import java.util.function.BiFunction;

/** Runs clean samples of a source through a network and collects what comes out, batch by batch. */
public final class CleanPass {
  private CleanPass() {}

  /** Mean and scale of the latents of {@link Stage#STATISTICS} training samples. */
  static Latents latents(Stage.Setting s, Source samples, Autoencoder autoencoder, int batch) {
    int latent = s.config().autoencoder().latent();
    float[] z =
        outputs(
            s.device(), s.stream(), samples, Stage.STATISTICS, batch, latent, autoencoder::encode);
    return Latents.measure(z, latent);
  }

  /** Samples 0 … count − 1 themselves: (count, D) in the network's units. */
  public static float[] samples(Device device, Source samples, int count, int batch) {
    try (Stream stream = device.openStream()) {
      return outputs(device, stream, samples, count, batch, samples.dimension(), (_, x) -> x);
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
      BiFunction<Stream, View, View> network) {
    float[] all = new float[Math.multiplyExact(count, columns)];
    long xBytes = (4L * batch * samples.dimension() + 63) / 64 * 64;
    long sigmaBytes = (4L * batch + 63) / 64 * 64;
    try (Buffer buffer = device.allocate(xBytes + sigmaBytes + Step.BYTES)) {
      View x = buffer.view(0, DType.F32, batch, samples.dimension());
      View sigma = buffer.view(xBytes, DType.F32, batch);
      View step = buffer.view(xBytes + sigmaBytes, DType.U8, Step.BYTES);
      for (int at = 0; at < count; at += batch) {
        int rows = Math.min(batch, count - at);
        Step.at(at).writeTo(step);
        Gather clean = samples.batch(stream, step, at, rows);
        SigmaLaw none = new SigmaLaw.Fixed(0);
        stream.perturb(x.first(rows), sigma.first(rows), clean, none, 0, new Noise(0, 0), step);
        float[] y = network.apply(stream, x.first(rows)).floats();
        System.arraycopy(y, 0, all, at * columns, y.length);
      }
    }
    return all;
  }
}
