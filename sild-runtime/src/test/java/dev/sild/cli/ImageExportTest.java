package dev.sild.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sild.bindings.Activation;
import dev.sild.bindings.Buffer;
import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.Precision;
import dev.sild.bindings.View;
import dev.sild.data.ImageShape;
import dev.sild.network.Arithmetic;
import dev.sild.network.Arithmetic.Scalar;
import dev.sild.network.ImageReference;
import dev.sild.network.Reference;
import dev.sild.sild.Model;
import dev.sild.sild.Session;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is exported of convolutions is the model: its networks and ONNX Runtime are held against
 * formulas in double over the safetensors file; the error of the same in plain f32 sets the
 * tolerance.
 */
class ImageExportTest {
  private static final int SEED = 20261126;
  private static final int ROWS = 2;
  private static final int WIDTH = 4;
  private static final ImageShape IMAGE = new ImageShape(3, Photographs.SIDE, Photographs.SIDE);
  private static final ImageShape LATENT = new ImageShape(2, 8, 8);

  @TempDir Path scratch;

  private final Random random = new Random(SEED);

  @Test
  void everyGraphComputesWhatTheModelComputes() throws Exception {
    System.out.println("seed " + SEED);
    Path run = scratch.resolve("run");
    String[] small = {
      "--set",
      "autoencoder.levels=1",
      "--set",
      "autoencoder.width=" + WIDTH,
      "--set",
      "denoiser.width=" + WIDTH,
      "--set",
      "denoiser.conditional=false"
    };
    Outcome.good(Photographs.train(Photographs.folder(scratch.resolve("discs"), 30), run, small));
    for (String format : new String[] {"onnx", "safetensors"})
      Outcome.good("export", "" + run, "--format", format);
    ForeignFile file = ForeignFile.read(run.resolve("export/model.safetensors"));
    try (Device device = Device.open("cpu", Precision.F32_STRICT, 0);
        Model model = Model.load(run, device)) {
      float[] x = rows(IMAGE.size(), 0.5);
      float[] z = new float[ROWS * LATENT.size()];
      model.encode(MemorySegment.ofArray(z), MemorySegment.ofArray(x));
      confirm(file, run, "encoder", Map.of("x", x), z, ImageExportTest::encoder);
      float[] latents = rows(LATENT.size(), 1);
      float[] decoded = new float[ROWS * IMAGE.size()];
      model.decode(MemorySegment.ofArray(decoded), MemorySegment.ofArray(latents));
      confirm(file, run, "decoder", Map.of("z", latents), decoded, ImageExportTest::decoder);
      float[] one = new float[ROWS];
      Arrays.fill(one, 1); // where the Fourier features are exact
      confirm(
          file,
          run,
          "denoiser",
          Map.of("x", latents, "sigma", one),
          denoised(device, model, latents),
          ImageExportTest::denoiser);
    }
  }

  private float[] rows(int size, double scale) {
    float[] rows = new float[ROWS * size];
    for (int i = 0; i < rows.length; i++) rows[i] = (float) (scale * random.nextGaussian());
    return rows;
  }

  private static float[] denoised(Device device, Model model, float[] x) {
    try (Session session = model.openSession();
        Buffer memory = device.allocate(8L * x.length)) {
      View in = memory.view(0, DType.F32, ROWS, LATENT.size());
      View out = memory.view(4L * x.length, DType.F32, ROWS, LATENT.size());
      in.write(x);
      session.denoiser().denoise(session.stream(), out, in, 1);
      return out.floats();
    }
  }

  private static void confirm(
      ForeignFile file,
      Path run,
      String name,
      Map<String, float[]> inputs,
      float[] ours,
      BiFunction<ImageReference, Scalar[], Scalar[]> formula)
      throws Exception {
    float[] x = inputs.get(name.equals("decoder") ? "z" : "x");
    double[] exact = all(file, x, false, formula);
    double[] plain = all(file, x, true, formula);
    double error = 0;
    double reach = 0;
    for (int i = 0; i < exact.length; i++) {
      error = Math.max(error, Math.abs(plain[i] - exact[i]));
      reach = Math.max(reach, Math.abs(exact[i]));
    }
    double allowed = 2 * error + 2 * Math.ulp((float) reach);
    try (OnnxSession onnx = OnnxSession.open(run.resolve("export/" + name + ".onnx"))) {
      float[] theirs = onnx.run(inputs, ROWS);
      assertThat(theirs).hasSameSizeAs(ours);
      double worst = 0;
      for (int i = 0; i < exact.length; i++)
        for (float found : new float[] {ours[i], theirs[i]}) {
          assertThat(Math.abs(found - exact[i]) <= allowed)
              .as("%s, element %d: %s for %s, %s allowed", name, i, found, exact[i], allowed)
              .isTrue();
          worst = Math.max(worst, Math.abs(found - exact[i]));
        }
      System.out.printf("%s: %.2g of %.2g%n", name, worst, allowed);
    }
  }

  private static double[] all(
      ForeignFile file,
      float[] x,
      boolean single,
      BiFunction<ImageReference, Scalar[], Scalar[]> formula) {
    Arithmetic tensors = new Arithmetic(single);
    Map<String, Scalar[]> variables =
        file.tensors().entrySet().stream()
            .collect(Collectors.toMap(Map.Entry::getKey, e -> tensors.of(widened(e.getValue()))));
    int size = x.length / ROWS;
    double[] all = new double[0];
    for (int i = 0; i < ROWS; i++) {
      Arithmetic in = new Arithmetic(single);
      ImageReference layers = new ImageReference(new Reference(in, variables));
      float[] row = Arrays.copyOfRange(x, i * size, (i + 1) * size);
      Scalar[] y = formula.apply(layers, in.of(widened(row)));
      int at = all.length;
      all = Arrays.copyOf(all, at + y.length);
      for (int j = 0; j < y.length; j++) all[at + j] = y[j].value();
    }
    return all;
  }

  private static double[] widened(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < values.length; i++) wide[i] = values[i];
    return wide;
  }

  private static ImageShape shape(int channels, int side) {
    return new ImageShape(channels, side, side);
  }

  /** Data are in [−1, 1] already: scale 1, shift 0. */
  private static Scalar[] encoder(ImageReference r, Scalar[] x) {
    Scalar[] h = r.conv("encoder.in", IMAGE, 3, x, null);
    h = r.down(shape(WIDTH, 16), r.block("encoder.0.0", shape(WIDTH, 16), WIDTH, h, null));
    h = r.block("encoder.1.0", shape(WIDTH, 8), 2 * WIDTH, h, null);
    ImageShape last = shape(2 * WIDTH, 8);
    return r.conv(
        "encoder.out", last, 3, r.groupNorm("encoder.norm", last, Activation.SILU, h, null), null);
  }

  private static Scalar[] decoder(ImageReference r, Scalar[] z) {
    Scalar[] h = r.conv("decoder.in", LATENT, 3, z, null);
    h = r.up(shape(WIDTH, 8), r.block("decoder.1.0", shape(2 * WIDTH, 8), WIDTH, h, null));
    ImageShape last = shape(WIDTH, 16);
    h = r.block("decoder.0.0", last, WIDTH, h, null);
    Scalar[] x =
        r.conv(
            "decoder.out",
            last,
            3,
            r.groupNorm("decoder.norm", last, Activation.SILU, h, null),
            null);
    for (int i = 0; i < x.length; i++) x[i] = r.rows().in().of(Math.clamp(x[i].value(), -1.0, 1.0));
    return x;
  }

  /** At σ = 1: D = x/2 + F(x/√2)/√2, features cos 0 and sin 0. */
  private static Scalar[] denoiser(ImageReference r, Scalar[] x) {
    Arithmetic in = r.rows().in();
    int half = r.rows().variables().get("denoiser.embedding.bias").length / 2;
    double[] features = new double[2 * half];
    Arrays.fill(features, 0, half, 1);
    Scalar[] e = r.rows().linear("denoiser.embedding", in.of(features), Activation.SILU, null);
    Scalar[] v = new Scalar[x.length];
    for (int i = 0; i < v.length; i++) v[i] = in.times(x[i], 1 / Math.sqrt(2));
    ImageShape top = shape(WIDTH, 8);
    ImageShape half4 = shape(WIDTH, 4);
    ImageShape low = shape(2 * WIDTH, 4);
    Scalar[] left =
        r.block("denoiser.0.down.0", top, WIDTH, r.conv("denoiser.in", LATENT, 3, v, null), e);
    Scalar[] h = r.block("denoiser.0.widen", half4, 2 * WIDTH, r.down(top, left), e);
    h = r.block("denoiser.1.down.0", low, 2 * WIDTH, h, e);
    h = r.attention("denoiser.attention", low, 1, h);
    h = r.block("denoiser.1.up.0", low, 2 * WIDTH, h, e);
    h = r.up(half4, r.block("denoiser.0.narrow", low, WIDTH, h, e));
    h = r.block("denoiser.0.up.0", top, WIDTH, r.rows().sum(h, left), e);
    Scalar[] f =
        r.conv(
            "denoiser.out",
            top,
            3,
            r.groupNorm("denoiser.norm", top, Activation.SILU, h, null),
            null);
    Scalar[] d = new Scalar[x.length];
    for (int i = 0; i < d.length; i++)
      d[i] = in.plus(in.times(x[i], 0.5), in.times(f[i], 1 / Math.sqrt(2)));
    return d;
  }
}
