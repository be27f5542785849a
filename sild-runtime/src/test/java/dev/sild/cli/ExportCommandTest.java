package dev.sild.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sild.bindings.Buffer;
import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.Precision;
import dev.sild.bindings.View;
import dev.sild.data.ImageShape;
import dev.sild.data.Safetensors;
import dev.sild.data.Tensor;
import dev.sild.data.TokenShape;
import dev.sild.sild.ConfigFile;
import dev.sild.sild.Latents;
import dev.sild.sild.Model;
import dev.sild.sild.Session;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What is exported is the model. The networks of this program and of ONNX Runtime are held against
 * one in double that is written from the architecture's description and the safetensors file alone;
 * the error of the same in plain f32 sets the tolerance.
 */
class ExportCommandTest {
  private static final int SEED = 20261126;
  private static final int ROWS = 256;
  private static final int[] BATCHES = {1, 7, ROWS};
  private static final List<String> ONNX = List.of("encoder.onnx", "decoder.onnx", "denoiser.onnx");

  @TempDir static Path scratch;
  private static Device device;

  @BeforeAll
  static void train() throws IOException {
    System.out.println("seed " + SEED);
    device = Device.open("cpu", Precision.F32_STRICT, 0);
    String helix = Tiny.helix(scratch).toString();
    Outcome.good(Tiny.train("array", "--data", helix, "--out", path("bottleneck")));
    String kind = "autoencoder.kind=conservative";
    Outcome.good(
        Tiny.train("array", "--data", helix, "--set", kind, "--out", path("conservative")));
    String few = "evaluation.samples=60";
    Outcome.good(Tiny.train("stacked-digits", "--set", few, "--out", path("images")));
    for (String method : List.of("vae", "gmm", "ambient"))
      Outcome.good(Tiny.train("array", "--data", helix, "--method", method, "--out", path(method)));
    for (String method : List.of("sild", "vae"))
      Outcome.good(
          Tiny.train(
              "qm9",
              "--data",
              "enumerate:3",
              "--method",
              method,
              "--set",
              "autoencoder.width=12",
              "--set",
              few,
              "--out",
              path("tokens-" + method)));
    for (String run :
        List.of(
            "bottleneck",
            "conservative",
            "images",
            "vae",
            "gmm",
            "ambient",
            "tokens-sild",
            "tokens-vae"))
      for (String format : List.of("onnx", "safetensors"))
        Outcome.good("export", path(run), "--format", format);
  }

  @AfterAll
  static void close() {
    device.close();
  }

  private static String path(String name) {
    return scratch.resolve(name).toString();
  }

  private static Path exported(String run, String file) {
    return scratch.resolve(run).resolve("export").resolve(file);
  }

  /** A row of a network: of the double or the plain rebuilt one. */
  private interface Row {
    double[] of(RebuiltNetworks network, int row);
  }

  /**
   * Exact rows, and twice the largest error of the plain f32 rows; two units in the last place of
   * the largest number beside it, for a runtime's own exponential, where the plain one is exact.
   */
  private record Bound(double[][] exact, double tolerance) {
    static Bound of(ForeignFile file, Row row) {
      RebuiltNetworks exact = RebuiltNetworks.of(file, false);
      RebuiltNetworks plain = RebuiltNetworks.of(file, true);
      double[][] rows = new double[ROWS][];
      double largest = 0;
      float reach = 0;
      for (int i = 0; i < ROWS; i++) {
        rows[i] = row.of(exact, i);
        double[] rounded = row.of(plain, i);
        for (int j = 0; j < rounded.length; j++) {
          largest = Math.max(largest, Math.abs(rounded[j] - rows[i][j]));
          reach = Math.max(reach, (float) Math.abs(rows[i][j]));
        }
      }
      assertThat(largest).isPositive();
      return new Bound(rows, 2 * largest + 2 * Math.ulp(reach));
    }

    void confirm(String what, float[] found, int batch) {
      int width = exact[0].length;
      assertThat(found).hasSize(batch * width);
      double largest = 0;
      for (int i = 0; i < found.length; i++) {
        double error = Math.abs(found[i] - exact[i / width][i % width]);
        assertThat(error <= tolerance)
            .as("%s, batch %d, element %d: %s off, %s allowed", what, batch, i, error, tolerance)
            .isTrue();
        largest = Math.max(largest, error);
      }
      System.out.printf("%s, batch %d: %.2g of %.2g%n", what, batch, largest, tolerance);
    }
  }

  private static float[] first(float[] rows, int batch) {
    return Arrays.copyOf(rows, rows.length / ROWS * batch);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"bottleneck", "conservative", "images", "vae", "tokens-sild", "tokens-vae"})
  void everyGraphComputesWhatTheModelComputes(String run) throws Exception {
    ForeignFile file = ForeignFile.read(exported(run, "model.safetensors"));
    Random random = new Random(SEED);
    try (Model model = Model.load(scratch.resolve(run), device)) {
      encoder(run, file, model, random);
      decoder(run, file, model, random);
      denoiser(run, file, model, random);
    }
  }

  /** Rows as wide as the data: |x| ≤ 1 is inside of what images are, 3 of what the helix is. */
  private static void encoder(String run, ForeignFile file, Model model, Random random)
      throws Exception {
    int d = model.dimension();
    float reach = run.equals("images") ? 1 : 4;
    float[] x = new float[ROWS * d];
    for (int i = 0; i < x.length; i++) x[i] = reach * (2 * random.nextFloat() - 1);
    Bound bound = Bound.of(file, (n, i) -> n.encode(Arrays.copyOfRange(x, i * d, (i + 1) * d)));
    try (OnnxSession onnx = OnnxSession.open(exported(run, "encoder.onnx"))) {
      for (int batch : BATCHES) {
        float[] rows = first(x, batch);
        float[] z = new float[batch * model.latent()];
        model.encode(MemorySegment.ofArray(z), MemorySegment.ofArray(rows));
        bound.confirm(run + ": f", z, batch);
        bound.confirm(run + ": encoder.onnx", onnx.run(Map.of("x", rows), batch), batch);
      }
    }
  }

  private static void decoder(String run, ForeignFile file, Model model, Random random)
      throws Exception {
    int k = model.latent();
    float[] mean = file.array("latent_mean");
    float[] scale = file.array("latent_scale");
    float[] z = new float[ROWS * k];
    for (int i = 0; i < z.length; i++)
      z[i] = mean[i % k] + scale[i % k] * (float) random.nextGaussian();
    Bound bound = Bound.of(file, (n, i) -> n.decode(Arrays.copyOfRange(z, i * k, (i + 1) * k)));
    try (OnnxSession onnx = OnnxSession.open(exported(run, "decoder.onnx"))) {
      for (int batch : BATCHES) {
        float[] rows = first(z, batch);
        float[] x = new float[batch * model.dimension()];
        model.decode(MemorySegment.ofArray(x), MemorySegment.ofArray(rows));
        bound.confirm(run + ": g", x, batch);
        float[] found = onnx.run(Map.of("z", rows), batch);
        bound.confirm(run + ": decoder.onnx", found, batch);
        if (run.equals("images")) for (float pixel : found) assertThat(pixel).isBetween(-1f, 1f);
      }
    }
  }

  /** Every row has a noise level of its own: those that sampling passes through. */
  private static void denoiser(String run, ForeignFile file, Model model, Random random)
      throws Exception {
    int k = model.latent();
    double least = Math.log(model.config().sampling().sigmaMin());
    double most = Math.log(model.config().sampling().sigmaMax());
    float[] sigma = new float[ROWS];
    float[] x = new float[ROWS * k];
    for (int i = 0; i < ROWS; i++) {
      sigma[i] = (float) Math.exp(least + (most - least) * random.nextDouble());
      for (int j = 0; j < k; j++)
        x[i * k + j] = (float) (Math.hypot(1, sigma[i]) * random.nextGaussian());
    }
    Bound bound =
        Bound.of(file, (n, i) -> n.denoise(Arrays.copyOfRange(x, i * k, (i + 1) * k), sigma[i]));
    try (OnnxSession onnx = OnnxSession.open(exported(run, "denoiser.onnx"))) {
      for (int batch : BATCHES) {
        Map<String, float[]> inputs = Map.of("x", first(x, batch), "sigma", first(sigma, batch));
        bound.confirm(run + ": D", denoise(model, inputs.get("x"), sigma), batch);
        bound.confirm(run + ": denoiser.onnx", onnx.run(inputs, batch), batch);
      }
    }
  }

  private static float[] denoise(Model model, float[] x, float[] sigma) {
    int k = model.latent();
    float[] all = new float[x.length];
    try (Session session = model.openSession();
        Buffer memory = device.allocate(8L * k)) {
      View row = memory.view(0, DType.F32, 1, k);
      View denoised = memory.view(4L * k, DType.F32, 1, k);
      for (int i = 0; i < x.length / k; i++) {
        row.write(Arrays.copyOfRange(x, i * k, (i + 1) * k));
        session.denoiser().denoise(session.stream(), denoised, row, sigma[i]);
        System.arraycopy(denoised.floats(), 0, all, i * k, k);
      }
    }
    return all;
  }

  @ParameterizedTest
  @ValueSource(strings = {"bottleneck", "conservative", "images", "tokens-sild"})
  void theSafetensorsFileHoldsTheModel(String run) throws IOException {
    ForeignFile file = ForeignFile.read(exported(run, "model.safetensors"));
    Safetensors.Contents ours =
        Safetensors.read(exported(run, "model.safetensors"), Arena.ofAuto());
    Map<String, String> words = ours.metadata();
    try (Model model = Model.load(scratch.resolve(run), device)) {
      Latents latents = model.contents().latents();
      assertThat(file.array("latent_mean")).containsExactly(latents.mean());
      assertThat(file.array("latent_scale")).containsExactly(latents.scale());
      assertThat(file.tensors().get("latent.mean")).containsExactly(latents.mean());
      assertThat(file.tensors().get("latent.scale")).containsExactly(latents.scale());
      assertThat(file.array("data_scale")).containsExactly(file.tensors().get("data.scale"));
      assertThat(file.array("data_shift")).containsExactly(file.tensors().get("data.shift"));
      assertThat(file.tensors().get("data.scale"))
          .containsExactly(model.contents().normalisation().scale());
      assertThat(ConfigFile.parse(words.get("config"), "export")).isEqualTo(model.config());
      ImageShape image = model.contents().space().image();
      assertThat(words.get("image"))
          .isEqualTo(
              image == null
                  ? "[]"
                  : List.of(image.channels(), image.height(), image.width()).toString());
      TokenShape tokens = model.contents().space().tokens();
      List<String> kinds = new ArrayList<>();
      ForeignFile.json(words.get("tokens")).forEach(word -> kinds.add(word.asString()));
      assertThat(kinds).hasSize(tokens == null ? 0 : tokens.columns());
      if (tokens != null) assertThat(kinds.removeFirst()).isEmpty();
      if (tokens != null) assertThat(kinds).isEqualTo(tokens.vocabulary().tokens());
      for (Tensor tensor : model.contents().weights().tensors().values())
        if (!tensor.name().matches("(conservative|principal)\\..*"))
          assertThat(file.tensors().get(tensor.name()))
              .as(tensor.name())
              .containsExactly(tensor.toFloats());
    }
    assertThat(words.get("architecture"))
        .contains("SiLU", "1e-5", "sigma_data = 1", "ln(sigma)/4", "encoder", "decoder");
    for (Tensor tensor : ours.tensors()) {
      assertThat(tensor.name()).matches("(encoder|decoder|denoiser|latent|data)\\..*");
      assertThat(tensor.toFloats()).containsExactly(file.tensors().get(tensor.name()));
    }
    assertThat(file.tensors().keySet())
        .containsExactlyInAnyOrderElementsOf(ours.tensors().stream().map(Tensor::name).toList());
    assertThat(file.metadata().get("architecture").asString()).isEqualTo(words.get("architecture"));
  }

  /** No graph that the method has no network for, and a mixture in place of a denoiser. */
  @Test
  void rivalsExportWhatTheyHave() throws Exception {
    for (String missing : List.of("encoder.onnx", "decoder.onnx"))
      assertThat(exported("ambient", missing)).doesNotExist();
    assertThat(exported("gmm", "denoiser.onnx")).doesNotExist();
    assertThat(exported("gmm", "decoder.onnx")).exists();
    ForeignFile mixture = ForeignFile.read(exported("gmm", "model.safetensors"));
    assertThat(mixture.tensors().keySet())
        .contains("mixture.weights", "mixture.means", "mixture.factors", "decoder.out.weight")
        .noneMatch(name -> name.startsWith("denoiser."));
    assertThat(mixture.metadata().get("architecture").asString()).contains("no denoiser");
    ForeignFile ambient = ForeignFile.read(exported("ambient", "model.safetensors"));
    assertThat(ambient.metadata().get("architecture").asString()).contains("no encoder");
    try (Model model = Model.load(scratch.resolve("ambient"), device)) {
      assertThat(model.latent()).isEqualTo(model.dimension());
      denoiser("ambient", ambient, model, new Random(SEED));
    }
  }

  @Test
  void theGraphsCarryTheirUnits() throws Exception {
    for (String file : ONNX)
      try (OnnxSession onnx = OnnxSession.open(exported("images", file))) {
        Map<String, String> words = onnx.metadata();
        assertThat(ForeignFile.json(words.get("latent_mean"))).hasSize(2);
        assertThat(ForeignFile.json(words.get("latent_scale"))).hasSize(2);
        assertThat(ForeignFile.json(words.get("config_json")).get("preset").asString())
            .isEqualTo("stacked-digits");
        assertThat(words.get("image")).isEqualTo("[3, 20, 20]");
      }
  }

  @Test
  void itSaysWhatItWrote() {
    Outcome outcome =
        Outcome.good(
            "export", path("bottleneck"), "--format", "onnx", "--out", path("a/b"), "--json");
    assertThat(outcome.json().get("files")).isEqualTo(ONNX);
    assertThat(outcome.json().get("out")).isEqualTo(path("a/b"));
    assertThat(outcome.out().lines()).hasSize(1);
    for (String file : ONNX)
      assertThat(scratch.resolve("a/b").resolve(file))
          .hasSameBinaryContentAs(exported("bottleneck", file));
    String model = scratch.resolve("bottleneck/model.safetensors").toString();
    Outcome.good("export", model, "--format", "SAFETENSORS", "--out", path("c"));
    assertThat(scratch.resolve("c/model.safetensors"))
        .hasSameBinaryContentAs(exported("bottleneck", "model.safetensors"));
  }
}
