package dev.sild.bench;

import dev.sild.UserException;
import dev.sild.bindings.AdamW;
import dev.sild.bindings.DType;
import dev.sild.bindings.Gather;
import dev.sild.bindings.MlpShape;
import dev.sild.bindings.MlpWeights;
import dev.sild.bindings.PlanRow;
import dev.sild.bindings.SigmaLaw;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The ops of a training step and of a sampler that multiply no matrices, at sizes that occur. */
final class Kernels {
  private static final int BANK = 8192; // rows of samples
  private static final int WIDTH = 512;
  private static final int LATENT = 64;
  private static final int EVALUATIONS = 20;
  private static final int IMAGE = 784; // coordinates of a digit
  private static final int IMAGES = 60_000;
  private static final long SMALL_MODEL = 1_362_192; // parameters of train784
  private static final long LARGE_MODEL =
      16_000_000; // no power of two: arenas that far apart share cache sets
  private static final SigmaLaw LAW = new SigmaLaw.LogUniform(0.01, 50);
  private static final AdamW RULE = new AdamW(0.9, 0.999, 1e-8, 0.01, 0);

  private Kernels() {}

  /**
   * All of them.
   *
   * @param batches rows of a step; a GPU has room for more than a processor
   */
  static List<Kernel> of(int... batches) {
    List<Kernel> all = new ArrayList<>();
    for (int batch : batches) {
      for (int dimension : new int[] {784, 2352}) {
        all.add(perturb(batch, dimension));
        all.add(dsmLoss(batch, dimension));
      }
      all.add(timeEmbedding(batch));
      all.add(normForward(batch));
      all.add(normBackward(batch));
      all.add(samplerStep(16L * batch, 0));
      all.add(samplerStep(16L * batch, 1));
      all.add(mlpSampler(16L * batch));
      all.add(mixtureDenoiser(batch, IMAGE, IMAGES, 1, "few matter"));
      all.add(mixtureDenoiser(batch, IMAGE, IMAGES, 10, "all matter"));
      all.add(mixtureDenoiser(batch, 4096, 2048, 10, "all matter"));
    }
    for (long parameters : new long[] {SMALL_MODEL, LARGE_MODEL}) {
      all.add(sumOfSquares(parameters));
      all.add(adamwEma(parameters));
    }
    return all;
  }

  private static Gather gather(Desk desk, int batch, int dimension) {
    View index = desk.array(DType.I32, batch, 1);
    desk.stream().drawIndices(index, BANK, Desk.NOISE, desk.step());
    View bank = desk.normals(BANK, dimension);
    return new Gather(bank, index, desk.filled(1, dimension), desk.zeros(dimension));
  }

  private static Kernel perturb(int batch, int dimension) {
    return new Kernel(
        "perturb %d×%d".formatted(batch, dimension),
        Work.instructions(2.0 * batch * dimension),
        desk -> {
          Gather gather = gather(desk, batch, dimension);
          View noisy = desk.zeros(batch, dimension);
          View sigma = desk.zeros(batch);
          View step = desk.step();
          return () -> desk.stream().perturb(noisy, sigma, gather, LAW, 1, Desk.NOISE, step);
        });
  }

  private static Kernel dsmLoss(int batch, int dimension) {
    return new Kernel(
        "dsm_loss %d×%d".formatted(batch, dimension),
        Work.memory(4.0 * batch * dimension),
        desk -> {
          Gather gather = gather(desk, batch, dimension);
          View f = desk.normals(batch, dimension);
          View noisy = desk.normals(batch, dimension);
          View sigma = desk.filled(0.5, batch);
          View dF = desk.zeros(batch, dimension);
          View loss = desk.zeros(batch);
          View error = desk.zeros(batch);
          return () -> desk.stream().dsmLoss(dF, loss, error, f, noisy, sigma, gather, 1);
        });
  }

  private static Kernel timeEmbedding(int batch) {
    return new Kernel(
        "time_embedding %d×%d".formatted(batch, LATENT),
        Work.instructions((double) batch * LATENT),
        desk -> {
          View embedding = desk.zeros(batch, LATENT);
          View sigma = desk.filled(0.5, batch);
          return () -> desk.stream().timeEmbedding(embedding, sigma);
        });
  }

  private static Kernel normForward(int batch) {
    return new Kernel(
        "norm_forward %d×%d".formatted(batch, WIDTH),
        Work.memory(2.0 * batch * WIDTH),
        desk -> {
          View x = desk.normals(batch, WIDTH);
          View y = desk.zeros(batch, WIDTH);
          View mean = desk.zeros(batch);
          View rstd = desk.zeros(batch);
          View gain = desk.filled(1, WIDTH);
          View shift = desk.zeros(WIDTH);
          return () -> desk.stream().normForward(y, mean, rstd, x, gain, shift);
        });
  }

  private static Kernel normBackward(int batch) {
    return new Kernel(
        "norm_backward %d×%d".formatted(batch, WIDTH),
        Work.memory(3.0 * batch * WIDTH),
        desk -> {
          View x = desk.normals(batch, WIDTH);
          View dy = desk.normals(batch, WIDTH);
          View dx = desk.zeros(batch, WIDTH);
          View dgain = desk.zeros(WIDTH);
          View dshift = desk.zeros(WIDTH);
          View mean = desk.zeros(batch);
          View rstd = desk.filled(1, batch);
          View gain = desk.filled(1, WIDTH);
          return () ->
              desk.stream().normBackward(dx, dgain, dshift, dy, x, mean, rstd, gain, false);
        });
  }

  private static Kernel samplerStep(long rows, double noise) {
    double floats = 3.0 * rows * LATENT; // x and D come, the next x goes
    return new Kernel(
        "sampler_step %d×%d%s".formatted(rows, LATENT, noise > 0 ? " with noise" : ""),
        noise > 0 ? Work.instructions(floats) : Work.memory(floats),
        desk -> {
          View x = desk.normals(rows, LATENT);
          View denoised = desk.normals(rows, LATENT);
          View next = desk.zeros(rows, LATENT);
          return () ->
              desk.stream()
                  .samplerStep(next, x, 0.9, denoised, 0.1, null, 0, noise, Desk.NOISE, null, 0);
        });
  }

  private static Kernel sumOfSquares(long parameters) {
    return new Kernel(
        "sum_of_squares %d".formatted(parameters),
        Work.memory(parameters),
        desk -> {
          View x = desk.normals(parameters);
          View sum = desk.array(DType.F64, 1);
          return () -> desk.stream().sumOfSquares(sum, x);
        });
  }

  private static Kernel adamwEma(long parameters) {
    return new Kernel(
        "adamw_ema %d".formatted(parameters),
        Work.memory(9.0 * parameters), // p, m, v and ema to and fro, g
        desk -> {
          View p = desk.normals(parameters);
          View m = desk.zeros(parameters);
          View v = desk.zeros(parameters);
          View ema = desk.normals(parameters);
          View g = desk.normals(parameters);
          View stopped = desk.array(DType.I64, 1);
          View norm = desk.array(DType.F64, 1);
          View step = desk.step();
          return () -> desk.stream().adamwEma(p, m, v, ema, null, stopped, g, norm, step, RULE);
        });
  }

  /** The network that {@link #mlpSampler} carries. */
  static MlpShape shape() {
    return new MlpShape(LATENT, WIDTH, 1);
  }

  private static Kernel mlpSampler(long rows) {
    MlpShape shape = shape();
    double products = 0;
    for (int i = 0; i < shape.layers(); i++) products += 2.0 * shape.inputs(i) * shape.outputs(i);
    return new Kernel(
        "mlp_sampler %d×%d, %d evaluations".formatted(rows, LATENT, EVALUATIONS),
        Work.products(products * rows * EVALUATIONS, (double) rows * LATENT),
        desk -> {
          Stream stream = desk.stream();
          View packed = desk.array(DType.U8, stream.mlpPackedBytes(shape));
          stream.packMlp(packed, weights(desk, shape));
          View x = desk.zeros(rows, LATENT);
          View modulation = desk.normals(EVALUATIONS, shape.blocks(), WIDTH);
          View plan = desk.zeros(EVALUATIONS, PlanRow.COLUMNS);
          PlanRow row = new PlanRow(1, 0.5, 0.5, 0.9, 0.1, 0, 0.1, false, 0);
          plan.write(PlanRow.table(Collections.nCopies(EVALUATIONS, row)));
          return () -> stream.mlpSampler(x, packed, shape, modulation, plan, 1, Desk.NOISE, null);
        });
  }

  /**
   * Counted as the two products that it takes where all components matter: rows with centres, and
   * weights with centres. Where few do, it may be faster than products.
   *
   * @param matter how many components have a weight at that σ, in words
   */
  private static Kernel mixtureDenoiser(
      long rows, int dimension, int components, double sigma, String matter) {
    double pairs = (double) rows * components;
    return new Kernel(
        "mixture_denoiser %d×%d of %d, σ = %.0f, %s"
            .formatted(rows, dimension, components, sigma, matter),
        Work.products(4 * pairs * dimension, (2.0 * rows + components) * dimension),
        desk -> {
          View x = desk.normals(rows, dimension);
          View centres = desk.normals(components, dimension);
          View denoised = desk.zeros(rows, dimension);
          View sigmas = desk.filled(sigma, rows);
          return () ->
              desk.stream().mixtureDenoiser(denoised, null, x, centres, null, null, sigmas);
        });
  }

  private static MlpWeights weights(Desk desk, MlpShape shape) {
    List<MlpWeights.Layer> layers = new ArrayList<>();
    for (int i = 0; i < shape.layers(); i++) {
      int n = shape.outputs(i);
      int k = shape.inputs(i);
      View weight = desk.zeros(n, k);
      desk.stream()
          .samplerStep(weight, null, 0, null, 0, null, 0, 1 / Math.sqrt(k), Desk.NOISE, null, i);
      boolean norm = i == shape.layers() - 1 || i % 2 == 1; // before W₁ of a block and W_out
      layers.add(
          new MlpWeights.Layer(
              weight, desk.zeros(n), norm ? desk.filled(1, k) : null, norm ? desk.zeros(k) : null));
    }
    return new MlpWeights(shape, layers);
  }

  /** The kernel of that name. */
  static Kernel named(String name, List<Kernel> all) {
    return all.stream()
        .filter(kernel -> kernel.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new UserException("no kernel " + name));
  }
}
