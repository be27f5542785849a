package dev.sild.theory.features;

import dev.sild.Purpose;
import dev.sild.UserException;
import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.RandomFeature;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Step;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.HostSource;
import dev.sild.data.Isometry;
import dev.sild.data.Philox;
import dev.sild.data.Source;
import dev.sild.diffusion.Denoiser;
import dev.sild.sampling.Ancestral;
import dev.sild.sampling.Evaluation;
import dev.sild.sampling.Sampler;
import dev.sild.sampling.Schedule;
import dev.sild.sampling.Trajectory;
import dev.sild.theory.steps.SlicedWasserstein;
import java.util.Arrays;
import java.util.List;

/** The sampler of a {@link PhaseStudy} on x = U z in R^d, z in R^k. Owns its memory. */
public final class PhaseLaboratory implements AutoCloseable {
  private static final int DIRECTIONS = 64;
  private static final int BLURRED = 1 << 15;

  private final PhaseStudy study;
  private final ProductLaw law;
  private final int d;
  private final int seed;
  private final Schedule levels;
  private final Stream stream;
  private final MemoryPlan memory = new MemoryPlan("phases");
  private final View axes; // U, (d, k)
  private final View latents; // (B, k): Uᵀ x
  private final View estimate; // (B, k): D of the latents
  private final Trajectory ambient; // in R^d
  private final Trajectory inside; // in R^k
  private final ProductDenoiser exact;
  private final Source training;
  private final Source heldOut;
  private final Source trainingLatents;
  private final Source heldOutLatents;
  private final Heads head;
  private final Heads regression;

  /** A laboratory for one law, embedding and set of training samples. */
  public PhaseLaboratory(Device device, PhaseStudy study, int k, int d, int seed) {
    this.study = study;
    this.d = d;
    this.seed = seed;
    law = new ProductLaw(k, study.variance());
    levels = study.levels();
    stream = device.openStream();
    Isometry u = new Isometry(k, d, seed);
    Slot matrix = memory.add("axes", d, k);
    Slot projected = memory.add("latents", Pairs.BATCH, k);
    Slot estimated = memory.add("estimate", Pairs.BATCH, k);
    Slot[] outer = states("ambient", d);
    Slot[] inner = states("latent", k);
    Slot at = memory.add("at", DType.U8, Step.BYTES);
    memory.allocate(device);
    axes = matrix.view();
    axes.write(rows(u));
    latents = projected.view();
    estimate = estimated.view();
    ambient = trajectory(outer, Purpose.SAMPLING, at.view());
    inside = trajectory(inner, Purpose.PRIOR_SAMPLES, at.view());
    exact = new ProductDenoiser(device, law);
    HostSource.Law embedded = law.embedded(u);
    training = source(device, embedded, d, Purpose.TRAINING_SAMPLES);
    heldOut = source(device, embedded, d, Purpose.REFINE_SAMPLES);
    trainingLatents = law.source(device, Purpose.TRAINING_SAMPLES.noise(seed));
    heldOutLatents = law.source(device, Purpose.REFINE_SAMPLES.noise(seed));
    head = heads(device, study.head(), d, axes, this::exactly, training, heldOut);
    regression = heads(device, study.latent(), k, null, exact, trainingLatents, heldOutLatents);
  }

  private Heads heads(
      Device device,
      RandomFeature kind,
      int inputs,
      View axes,
      Denoiser exact,
      Source training,
      Source heldOut) {
    var shape =
        FeatureDenoiser.Shape.of(kind, inputs, law.dimension(), study.features(), study.width());
    return new Heads(
        device,
        stream,
        shape,
        axes,
        exact,
        training,
        heldOut,
        study.count(),
        study.draws(),
        study.ridge(),
        seed);
  }

  private Source source(Device device, HostSource.Law law, int d, Purpose purpose) {
    return new HostSource(device, law, d, Pairs.BATCH, purpose.noise(seed));
  }

  private Slot[] states(String name, int dimension) {
    Slot[] slots = new Slot[4];
    for (int i = 0; i < 4; i++) slots[i] = memory.add(name + " " + i, Pairs.BATCH, dimension);
    return slots;
  }

  private Trajectory trajectory(Slot[] slots, Purpose purpose, View at) {
    return new Trajectory(
        slots[0].view(),
        slots[1].view(),
        slots[2].view(),
        slots[3].view(),
        purpose.noise(seed),
        at);
  }

  private static float[] rows(Isometry u) {
    float[] rows = new float[u.to() * u.from()];
    double[] unit = new double[u.from()];
    double[] column = new double[u.to()];
    for (int j = 0; j < unit.length; j++) {
      Arrays.fill(unit, 0);
      unit[j] = 1;
      u.embed(column, unit);
      for (int i = 0; i < column.length; i++) rows[i * unit.length + j] = (float) column[i];
    }
    return rows;
  }

  /** Which phases are approximate. */
  private record Approximate(boolean head, boolean latent, boolean collapse) {}

  /** Measures with switches at the levels next to these. */
  public Phases measure(double sigma1, double sigma2) {
    int first = study.index(sigma1);
    int second = study.index(sigma2);
    if (second <= first)
      throw new UserException(
          "the switches %s and %s: the first must lie above the second".formatted(sigma1, sigma2));
    float[] none = draw(first, second, new Approximate(false, false, false));
    float[] high = draw(first, second, new Approximate(true, false, false));
    float[] middle = draw(first, second, new Approximate(false, true, false));
    float[] low = draw(first, second, new Approximate(false, false, true));
    float[] all = draw(first, second, new Approximate(true, true, true));
    return new Phases(
        law.dimension(),
        d,
        levels.sigma(first),
        levels.sigma(second),
        seed,
        distance(high, none),
        distance(middle, none),
        distance(low, none),
        distance(all, none),
        coupled(high, none),
        study.transport(first, head::risk),
        study.head() == null
            ? study.transport(first, sigma -> study.expected(law.dimension(), d, sigma))
            : Double.NaN,
        blur(levels.sigma(second)),
        divergence(head, 0, first),
        divergence(regression, first, second),
        distance(none, samples(study.draws())));
  }

  /** Latents at the end, (draws, k). */
  private float[] draw(int first, int second, Approximate which) {
    int k = law.dimension();
    Denoiser above = (stream, denoised, x, sigma) -> outside(which.head, denoised, x, sigma);
    double switched = levels.sigma(second);
    Denoiser below =
        (stream, denoised, z, sigma) ->
            (which.latent && sigma > switched ? regression : exact)
                .denoise(stream, denoised, z, sigma);
    List<Evaluation> outer = new Ancestral().plan(part(0, first));
    List<Evaluation> inner =
        which.collapse
            ? new Ancestral().plan(part(first, second))
            : new Ancestral().whole(part(first, levels.steps()));
    float[] all = new float[Math.multiplyExact(study.draws(), k)];
    for (int at = 0; at < study.draws(); at += Pairs.BATCH) {
      int rows = Math.min(Pairs.BATCH, study.draws() - at);
      Trajectory x = ambient.of(rows, ambient.noise());
      Trajectory z = inside.of(rows, inside.noise());
      Step.at(at).writeTo(stream, x.at());
      stream.samplerStep(x.x(), null, 0, null, 0, null, 0, levels.first(), x.noise(), x.at(), -1);
      Sampler.integrate(stream, above, outer, x);
      stream.matmul(z.x(), x.x(), false, axes, false, false);
      Sampler.integrate(stream, below, inner, z);
      stream.synchronize();
      System.arraycopy(z.x().floats(), 0, all, at * k, rows * k);
    }
    return all;
  }

  private Schedule part(int from, int to) {
    return new Schedule(Arrays.copyOfRange(levels.sigmas(), from, to + 1));
  }

  /** D(x; σ) = U E[z | x_σ] in R^d. */
  private void outside(boolean approximate, View denoised, View x, double sigma) {
    View z = estimate.first(x.rows());
    if (approximate) head.denoise(stream, z, x, sigma);
    else exactly(stream, z, x, sigma);
    stream.matmul(denoised, z, false, axes, true, false);
  }

  /** E[z | x_σ], which depends on Uᵀ x_σ alone. */
  private void exactly(Stream stream, View denoised, View x, double sigma) {
    View z = latents.first(x.rows());
    stream.matmul(z, x, false, axes, false, false);
    exact.denoise(stream, denoised, z, sigma);
  }

  /** ½ Σ E‖D̂ − D*‖² Δγ. */
  private double divergence(Heads heads, int from, int to) {
    double sum = 0;
    for (int i = from; i < to; i++) {
      double step = Math.pow(levels.sigma(i + 1), -2) - Math.pow(levels.sigma(i), -2);
      sum += 0.5 * heads.risk(levels.sigma(i)) * step;
    }
    return sum;
  }

  /** What noise makes of exact latents, of so many that what does not cancel is small. */
  private double blur(double sigma) {
    float[] clean = samples(BLURRED);
    float[] noisy = clean.clone();
    int k = law.dimension();
    double[] normals = new double[k];
    int purpose = Purpose.EVALUATION_NOISE.noise(seed).purpose();
    for (int i = 0; i < BLURRED; i++) {
      Philox.normals(normals, seed, purpose, i, 0);
      for (int j = 0; j < k; j++) noisy[i * k + j] += (float) (sigma * normals[j]);
    }
    return distance(noisy, clean);
  }

  /** Exact latents that nothing else is made from. */
  private float[] samples(int count) {
    return EncoderStudy.draw(
        law::sample, law.dimension(), Purpose.HELD_OUT_SAMPLES, seed, 0, count);
  }

  private double distance(float[] a, float[] b) {
    int k = law.dimension();
    return SlicedWasserstein.of(a, b, a.length / k, k, DIRECTIONS, seed).value();
  }

  private double coupled(float[] a, float[] b) {
    int k = law.dimension();
    double sum = 0;
    for (int i = 0; i < study.draws(); i++) {
      double squares = 0;
      for (int j = i * k; j < (i + 1) * k; j++) squares += Math.pow(a[j] - b[j], 2);
      sum += Math.sqrt(squares);
    }
    return sum / study.draws();
  }

  @Override
  public void close() {
    head.close();
    regression.close();
    training.close();
    heldOut.close();
    trainingLatents.close();
    heldOutLatents.close();
    exact.close();
    memory.close();
    stream.close();
  }
}
