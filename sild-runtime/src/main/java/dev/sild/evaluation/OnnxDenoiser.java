package dev.sild.evaluation;

import dev.sild.UserException;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.diffusion.Denoiser;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A denoiser that a user brings as an ONNX file, run in ONNX Runtime on the processor: x (N, d) and
 * σ, which may be (N), (N, 1) or one number, to D(x; σ) (N, d). The input called sigma is σ, or
 * else the second one. Owns the network.
 */
public final class OnnxDenoiser implements Denoiser, AutoCloseable {
  private final Path file;
  private final int dimension;
  private final OnnxNet net;
  private final int sigmaInput;
  private final int batch; // 0 where the caller chooses

  /**
   * Opens the file and tries it.
   *
   * @param dimension d
   * @throws UserException if it is no such network
   */
  public OnnxDenoiser(Path file, int dimension, int threads) {
    this.file = file;
    this.dimension = dimension;
    net = new OnnxNet(file, threads);
    try {
      List<OnnxNet.Input> inputs = net.inputs();
      if (inputs.size() != 2)
        throw new UserException(
            "--denoiser %s: %d inputs, not two, x and sigma".formatted(file, inputs.size()));
      sigmaInput = inputs.getFirst().name().equals("sigma") ? 0 : 1;
      long[] x = inputs.get(1 - sigmaInput).shape();
      if (x.length != 2 || (x[1] != dimension && x[1] >= 0))
        throw new UserException(
            "--denoiser %s: its input %s has shape %s, the data %d coordinates"
                .formatted(file, inputs.get(1 - sigmaInput).name(), Arrays.toString(x), dimension));
      batch = (int) Math.max(0, x[0]);
      int rows = Math.max(1, batch);
      run(new float[rows * dimension], rows, 1);
    } catch (Throwable e) {
      net.close();
      throw e;
    }
  }

  @Override
  public void denoise(Stream stream, View denoised, View x, double sigma) {
    int rows = Math.toIntExact(x.rows());
    int chunk = batch == 0 ? rows : batch;
    float[] in = x.floats();
    float[] out = new float[in.length];
    for (int at = 0; at < rows; at += chunk) {
      float[] part =
          Arrays.copyOfRange(in, at * dimension, (at + chunk) * dimension); // zeros past the end
      float[] found = run(part, chunk, sigma);
      System.arraycopy(found, 0, out, at * dimension, Math.min(chunk, rows - at) * dimension);
    }
    denoised.write(out);
  }

  private float[] run(float[] x, int rows, double sigma) {
    long[] shape = net.inputs().get(sigmaInput).shape();
    long[] of = new long[shape.length];
    Arrays.fill(of, 1);
    if (of.length > 0 && shape[0] != 1) of[0] = rows;
    float[] levels = new float[of.length > 0 ? (int) of[0] : 1];
    Arrays.fill(levels, (float) sigma);
    List<float[]> arrays = new ArrayList<>(List.of(x));
    List<long[]> shapes = new ArrayList<>(List.of(new long[] {rows, dimension}));
    arrays.add(sigmaInput, levels);
    shapes.add(sigmaInput, of);
    OnnxNet.Output output = net.run(arrays, shapes);
    if (output.values().length != x.length)
      throw new UserException(
          "--denoiser %s: its output for %d rows of %d is %s"
              .formatted(file, rows, dimension, Arrays.toString(output.shape())));
    return output.values();
  }

  /** Which file it is. */
  public String describe() {
    return "%s, SHA-256 %s".formatted(file.getFileName(), net.digest());
  }

  @Override
  public void close() {
    net.close();
  }
}
