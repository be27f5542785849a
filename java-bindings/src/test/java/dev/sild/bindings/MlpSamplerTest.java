package dev.sild.bindings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sild.bindings.cpu.CpuDevice;
import dev.sild.bindings.cuda.VirtualGpu;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MlpSamplerTest {
  private static final double SIGMA_MAX = 8;
  private static final int LARGE = 232448; // of compute capability 9.0
  private static final int SMALL = 49152; // what every GPU gives

  private final Draw draw = new Draw("mlp sampler");

  /** A device with so much shared memory a block, and what its products round to. */
  private record Form(Precision precision, int shared) {}

  private static final List<Form> FORMS =
      List.of(
          new Form(Precision.BF16, LARGE),
          new Form(Precision.BF16, SMALL),
          new Form(Precision.F32, LARGE),
          new Form(Precision.F32, SMALL));

  @ParameterizedTest
  @CsvSource({
    "1, 3, 16, 1",
    "31, 1, 48, 2",
    "70, 16, 128, 1",
    "33, 37, 32, 1",
    "65, 64, 64, 1",
    "17, 20, 272, 1"
  })
  void trajectoriesAgreeAtEverySize(int rows, int latent, int width, int blocks) {
    MlpShape shape = new MlpShape(latent, width, blocks);
    boolean stages = rows % 2 == 0; // the samplers take turns
    List<PlanRow> plan = stages ? heun() : eulerMaruyama();
    onEveryDevice(confirm(MlpReference.of(draw, shape, plan, rows, stages ? 0 : SIGMA_MAX)));
  }

  /** Both samplers, from noise that is drawn and from rows that are given. */
  @Test
  void bothSamplersBeginWithEither() {
    for (double start : new double[] {0, SIGMA_MAX})
      for (List<PlanRow> plan : List.of(eulerMaruyama(), heun()))
        onEveryDevice(confirm(MlpReference.of(draw, new MlpShape(6, 32, 1), plan, 18, start)));
  }

  /** The widest network: its weights pass through twice, its rows fill what a block may have. */
  @Test
  void theWidestNetworkIsCarriedToo() {
    List<PlanRow> plan = heun().subList(0, 2);
    onEveryDevice(confirm(MlpReference.of(draw, new MlpShape(64, 512, 1), plan, 3, SIGMA_MAX)));
  }

  @Test
  void whatIsFusedIsWhatTheOpsDoOneByOne() {
    MlpReference net = MlpReference.of(draw, new MlpShape(5, 48, 2), heun(), 31, SIGMA_MAX);
    Expected expected = Expected.of(net::trajectory);
    for (String variant : CpuDevice.variants())
      try (Witness witness = new Witness(variant, 2)) {
        expected.admits("x", new MlpUnfused(witness, net).sample(), 5);
      }
  }

  @Test
  void noiseHasTheBitsOfSamplerStep() {
    MlpShape shape = new MlpShape(7, 16, 1);
    List<PlanRow> plan = List.of(new PlanRow(1, 1, 1, 0, 0, 0, 1, false, 12345));
    MlpReference net = MlpReference.of(draw, shape, plan, 31, SIGMA_MAX);
    onEveryDevice((witness, rounding) -> {
      try (MlpOnDevice packed = new MlpOnDevice(witness, net);
          Witness cpu = Witness.any()) {
        View z = cpu.output(31, 7);
        View at = cpu.step(Step.at(net.firstSample()));
        cpu.stream().samplerStep(z, null, 0, null, 0, null, 0, 1, MlpReference.NOISE, at, 12345);
        assertThat(packed.sample().floats()).isEqualTo(z.floats());
      }
    });
  }

  @Test
  void aRowDoesNotDependOnItsBatch() {
    MlpReference net = MlpReference.of(draw, new MlpShape(9, 48, 1), eulerMaruyama(), 40, 3);
    onEveryDevice((witness, rounding) -> {
      try (MlpOnDevice packed = new MlpOnDevice(witness, net)) {
        View together = packed.sample();
        for (int b : new int[] {0, 17, 39})
          assertThat(packed.sample(net.row(b)).floats()).isEqualTo(together.rows(b, 1).floats());
      }
    });
  }

  @Test
  void withoutAnAddressTheFirstRowIsSampleNumberZero() {
    MlpReference all = MlpReference.of(draw, new MlpShape(4, 16, 1), eulerMaruyama(), 3, 3);
    MlpReference fromZero =
        new MlpReference(all.shape(), all.layers(), all.modulation(), all.plan(), 3, all.x(), 3, 0);
    onEveryDevice(confirm(fromZero));
  }

  @Test
  void aNanStaysInItsRow() {
    MlpReference net = MlpReference.of(draw, new MlpShape(9, 48, 1), heun(), 31, 0);
    net.x()[5 * 9 + 3] = Double.NaN;
    onEveryDevice((witness, rounding) -> {
      try (MlpOnDevice packed = new MlpOnDevice(witness, net)) {
        float[] x = packed.sample().floats();
        for (int i = 0; i < x.length; i++)
          assertThat(Float.isNaN(x[i])).as("%d", i).isEqualTo(i / 9 == 5);
      }
    });
  }

  @ParameterizedTest
  @CsvSource({"0, 16, 1", "65, 16, 1", "4, 100, 1", "4, 528, 1", "4, 0, 1", "4, 16, 0"})
  void sizesThatAreNotCarriedAreNamed(int latent, int width, int blocks) {
    assertThat(MlpShape.fits(latent, width, blocks)).isFalse();
    assertThatThrownBy(() -> new MlpShape(latent, width, blocks))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("latent %d, width %d, blocks %d".formatted(latent, width, blocks));
  }

  @Test
  void wrongArgumentsAreNamed() {
    MlpShape shape = new MlpShape(4, 16, 1);
    try (Witness witness = Witness.any();
        Buffer buffer = witness.device().allocate(1 << 16)) {
      long bytes = witness.stream().mlpPackedBytes(shape);
      View packed = buffer.view(0, DType.U8, bytes);
      View x = witness.output(3, 4);
      View plan = witness.output(2, PlanRow.COLUMNS);
      View modulation = witness.output(2, 1, 16);
      refuses(witness, x, x, shape, modulation, plan, "packed is F32[3, 4], not U8[" + bytes + "]");
      View askew = buffer.view(8, DType.U8, bytes);
      refuses(
          witness, x, askew, shape, modulation, plan, "packed is not at a multiple of 16 bytes");
      refuses(witness, x, packed, shape, plan, plan, "modulation is F32[2, 9], not F32[2, 1, 16]");
      refuses(witness, x, packed, shape, plan, x, "plan is F32[3, 4], not F32[3, 9]");
      refuses(witness, plan, packed, shape, modulation, plan, "x is F32[2, 9], not F32[2, 4]");
      assertThatThrownBy(() -> new MlpWeights(shape, List.of()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("pack_mlp: 0 layers for MlpShape");
    }
  }

  private static void refuses(
      Witness witness,
      View x,
      View packed,
      MlpShape shape,
      View modulation,
      View plan,
      String message) {
    assertThatThrownBy(() ->
            witness.stream()
                .mlpSampler(x, packed, shape, modulation, plan, 1, MlpReference.NOISE, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("mlp_sampler: " + message);
  }

  /** What to do on a device, given how its products round. */
  private interface Trial {
    void run(Witness witness, Rounding rounding);
  }

  private static void onEveryDevice(Trial trial) {
    for (Precision precision : Witness.CPU_PRECISIONS)
      Witness.cpu(precision, witness -> trial.run(witness, Rounding.of(precision)));
    if (!VirtualGpu.orReal()) return;
    for (Form form : FORMS) on(form, trial);
  }

  private static void on(Form form, Trial trial) {
    if (VirtualGpu.present()) VirtualGpu.set("shared", form.shared);
    try (Device device = VirtualGpu.open(form.precision)) {
      Witness.cuda(device, witness -> trial.run(witness, Rounding.of(form.precision)));
    } finally {
      if (VirtualGpu.present()) VirtualGpu.set("shared", LARGE);
    }
  }

  /** The end of a trajectory is where a plain computation with such products says. */
  private static Trial confirm(MlpReference net) {
    Map<Rounding, Expected> expected = new EnumMap<>(Rounding.class);
    return (witness, rounding) -> {
      if (!MlpOnDevice.fits(witness, net.shape())) return; // too wide for so little memory
      try (MlpOnDevice packed = new MlpOnDevice(witness, net)) {
        expected
            .computeIfAbsent(rounding, plain -> Expected.of(net::trajectory, plain))
            .admits("x", packed.sample(), net.shape().latent());
      }
    };
  }

  /** σ = 8, 2, ½, then D. */
  private static List<PlanRow> eulerMaruyama() {
    double[] sigma = {SIGMA_MAX, 2, 0.5};
    List<PlanRow> plan = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      double q = sigma[i + 1] * sigma[i + 1] / (sigma[i] * sigma[i]);
      plan.add(row(sigma[i], q, 1 - q, 0, sigma[i] * Math.sqrt(1 - q), false, i));
    }
    plan.add(row(sigma[2], 0, 1, 0, 0, false, 2));
    return plan;
  }

  /** Karras et al. 2022, algorithm 1: from σ = 8 to 1, then D. */
  private static List<PlanRow> heun() {
    double sigma = SIGMA_MAX;
    double next = 1;
    double r = next / sigma;
    double h = (next - sigma) / 2;
    double a = 1 + h / sigma + h * r / next;
    double c = -h / sigma + h * (1 - r) / next;
    return List.of(
        row(sigma, r, 1 - r, 0, 0, true, 0),
        row(next, a, -h / next, c, 0, false, 1),
        row(next, 0, 1, 0, 0, false, 2));
  }

  private static PlanRow row(
      double sigma, double a, double b, double c, double s, boolean keep, int step) {
    double total = sigma * sigma + 1;
    double root = Math.sqrt(total);
    return new PlanRow(1 / root, 1 / total, sigma / root, a, b, c, s, keep, step);
  }
}
