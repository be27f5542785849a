package dev.sild.bindings.cuda;

import dev.sild.bindings.Activation;
import dev.sild.bindings.AdamW;
import dev.sild.bindings.Convolution;
import dev.sild.bindings.DType;
import dev.sild.bindings.Epilogue;
import dev.sild.bindings.MlpShape;
import dev.sild.bindings.MlpWeights;
import dev.sild.bindings.Noise;
import dev.sild.bindings.RandomFeature;
import dev.sild.bindings.Resampling;
import dev.sild.bindings.SigmaLaw;
import dev.sild.bindings.TokenLayout;
import dev.sild.bindings.View;
import java.util.ArrayList;
import java.util.List;

/** The ops at the round sizes of {@link LeastWork}. */
final class RoundOps {
  private static final Noise NOISE = new Noise(1, 2);
  private static final AdamW RULE = new AdamW(0.9, 0.95, 1e-8, 0.01, 1);

  private RoundOps() {}

  static void adamw(Workbench bench, boolean two) {
    long n = 1 << 19;
    bench.stream()
        .adamwEma(
            bench.floats(n),
            bench.floats(n),
            bench.floats(n),
            bench.floats(n),
            two ? bench.floats(n) : null,
            bench.zeros(DType.I64, 1),
            bench.floats(n),
            bench.zeros(DType.F64, 1),
            bench.step(),
            RULE);
  }

  static void perturb(Workbench bench) {
    long B = 2112;
    bench.stream()
        .perturb(
            bench.zeros(DType.F32, B, 784),
            bench.zeros(DType.F32, B),
            bench.bank(B, 784),
            new SigmaLaw.LogNormal(-1.2, 1.2),
            0.5,
            NOISE,
            bench.step());
  }

  static void dsmLoss(Workbench bench) {
    long B = 512;
    bench.stream()
        .dsmLoss(
            bench.zeros(DType.F32, B, 784),
            bench.zeros(DType.F32, B),
            bench.zeros(DType.F32, B),
            bench.floats(B, 784),
            bench.floats(B, 784),
            bench.floats(B),
            bench.bank(B, 784),
            0.5);
  }

  static void step(Workbench bench, double s) {
    View next = bench.zeros(DType.F32, 2048, 256);
    View x = bench.floats(2048, 256);
    View denoised = bench.floats(2048, 256);
    bench.stream().samplerStep(next, x, 0.9, denoised, 0.1, null, 0, s, NOISE, null, 0);
  }

  static void timeEmbedding(Workbench bench) {
    bench.stream().timeEmbedding(bench.zeros(DType.F32, 4096, 64), bench.floats(4096));
  }

  static void reparameterise(Workbench bench) {
    long B = 2048;
    View code = bench.floats(B, 256);
    View z = bench.zeros(DType.F32, B, 128);
    View step = bench.step();
    bench.stream().reparameteriseForward(z, bench.zeros(DType.F32, B), code, NOISE, step);
    View dcode = bench.zeros(DType.F32, B, 256);
    View dz = bench.floats(B, 128);
    bench.stream().reparameteriseBackward(dcode, dz, code, 0.1, NOISE, step);
  }

  static void mmd(Workbench bench) {
    bench.stream()
        .mmd(
            bench.zeros(DType.F32, 256, 64),
            bench.zeros(DType.F32, 256),
            bench.floats(256, 64),
            bench.floats(256, 64),
            1);
  }

  static void resample(Workbench bench) {
    View fine = bench.zeros(DType.F32, 64, 128, 128);
    bench.stream().resample(fine, bench.floats(64, 64, 64), 64, 64, Resampling.UP, 1, false);
  }

  /** The gradient of a layer of few inputs: what is looked at is du. */
  static void du(Workbench bench) {
    backward(bench, 1024, 512, 16);
  }

  static void backward(Workbench bench, long B, long N, long K) {
    bench.stream()
        .linearBackward(
            bench.zeros(DType.F32, B, K),
            bench.zeros(DType.F32, N, K),
            bench.zeros(DType.F32, N),
            bench.zeros(DType.F32, B, N),
            bench.floats(B, N),
            bench.floats(B, N),
            bench.floats(B, K),
            bench.floats(N, K),
            null,
            Activation.SILU,
            false,
            false);
  }

  static void normForward(Workbench bench) {
    bench.stream()
        .normForward(
            bench.zeros(DType.F32, 1024, 512),
            bench.zeros(DType.F32, 1024),
            bench.zeros(DType.F32, 1024),
            bench.floats(1024, 512),
            bench.floats(512),
            bench.floats(512));
  }

  static void normBackward(Workbench bench) {
    bench.stream()
        .normBackward(
            bench.zeros(DType.F32, 1024, 512),
            bench.zeros(DType.F32, 512),
            bench.zeros(DType.F32, 512),
            bench.floats(1024, 512),
            bench.floats(1024, 512),
            bench.floats(1024),
            bench.floats(1024),
            bench.floats(512),
            false);
  }

  static void groupNormForward(Workbench bench) {
    bench.stream()
        .groupNormForward(
            bench.zeros(DType.F32, 32, 64, 256),
            bench.zeros(DType.F32, 32, 8),
            bench.zeros(DType.F32, 32, 8),
            bench.floats(32, 64, 256),
            bench.floats(64),
            bench.floats(64),
            bench.floats(32, 128),
            8,
            Activation.SILU);
  }

  static void groupNormBackward(Workbench bench) {
    bench.stream()
        .groupNormBackward(
            bench.zeros(DType.F32, 32, 64, 256),
            bench.zeros(DType.F32, 64),
            bench.zeros(DType.F32, 64),
            bench.zeros(DType.F32, 32, 128),
            bench.floats(32, 64, 256),
            bench.floats(32, 64, 256),
            bench.floats(32, 8),
            bench.floats(32, 8),
            bench.floats(64),
            bench.floats(64),
            bench.floats(32, 128),
            8,
            Activation.SILU,
            false);
  }

  static void attentionForward(Workbench bench) {
    bench.stream()
        .attentionForward(
            bench.zeros(DType.F32, 2, 128, 256),
            bench.zeros(DType.F32, 2, 4, 256),
            bench.floats(2, 384, 256),
            4,
            TokenLayout.CHANNELS_FIRST);
  }

  static void attentionBackward(Workbench bench) {
    bench.stream()
        .attentionBackward(
            bench.zeros(DType.F32, 2, 384, 256),
            bench.floats(2, 128, 256),
            bench.floats(2, 128, 256),
            bench.floats(2, 384, 256),
            bench.floats(2, 4, 256),
            4,
            TokenLayout.CHANNELS_FIRST);
  }

  /** Of windows of one pixel on one channel: what is looked at is dbias. */
  static void conv2dBackward(Workbench bench) {
    bench.stream()
        .conv2dBackward(
            null,
            bench.zeros(DType.F32, 64, 1, 1, 1),
            bench.zeros(DType.F32, 64),
            bench.floats(64, 64, 16, 16),
            bench.floats(64, 1, 16, 16),
            bench.floats(64, 1, 1, 1),
            new Convolution(1, 0),
            false);
  }

  static void crossEntropy(Workbench bench) {
    long B = 8192;
    bench.stream()
        .crossEntropy(
            bench.zeros(DType.F32, B, 10),
            bench.zeros(DType.F32, B),
            bench.zeros(DType.F32, B),
            bench.floats(B, 10),
            bench.bytes(10, B),
            null);
  }

  static void softmaxForward(Workbench bench) {
    bench.stream().softmaxForward(bench.zeros(DType.F32, 1024, 512), bench.floats(1024, 512));
  }

  static void softmaxBackward(Workbench bench) {
    bench.stream()
        .softmaxBackward(
            bench.zeros(DType.F32, 1024, 512), bench.floats(1024, 512), bench.floats(1024, 512));
  }

  static void tokenEmbedding(Workbench bench) {
    bench.stream()
        .tokenEmbedding(
            bench.zeros(DType.F32, 8192, 64),
            bench.zeros(DType.U8, 8192),
            bench.bytes(64, 1000, 64),
            bench.integers(1000, 128),
            bench.floats(64, 64));
  }

  /** With u kept, as in training. */
  static void forward(Workbench bench) {
    View y = bench.zeros(DType.F32, 256, 256);
    View u = bench.zeros(DType.F32, 256, 256);
    View bias = bench.floats(256);
    bench.stream()
        .linearForward(
            y,
            u,
            bench.floats(256, 256),
            bench.floats(256, 256),
            new Epilogue(bias, null, null, null, Activation.SILU));
  }

  static void sample(Workbench bench, MlpShape shape, int rows) {
    List<MlpWeights.Layer> layers = new ArrayList<>();
    for (int i = 0; i < shape.layers(); i++) {
      int inputs = shape.inputs(i);
      boolean norm = i % 2 == 1;
      layers.add(
          new MlpWeights.Layer(
              bench.floats(shape.outputs(i), inputs),
              bench.floats(shape.outputs(i)),
              norm ? bench.floats(inputs) : null,
              norm ? bench.floats(inputs) : null));
    }
    View packed = bench.zeros(DType.U8, bench.stream().mlpPackedBytes(shape));
    bench.stream().packMlp(packed, new MlpWeights(shape, layers));
    bench.stream()
        .mlpSampler(
            bench.floats(rows, shape.latent()),
            packed,
            shape,
            bench.floats(2, shape.blocks(), shape.width()),
            bench.floats(2, 9),
            1,
            NOISE,
            null);
  }

  static void drawIndices(Workbench bench) {
    bench.stream().drawIndices(bench.zeros(DType.I32, 65536, 1), 60000, NOISE, bench.step());
  }

  static void rowMaximum(Workbench bench) {
    long B = 1024;
    bench.stream()
        .rowMaximum(bench.zeros(DType.F32, B), bench.zeros(DType.I32, B), bench.floats(B, 512));
  }

  static void sumOfSquares(Workbench bench) {
    bench.stream().sumOfSquares(bench.zeros(DType.F64, 1), bench.floats(1 << 21));
  }

  static void binErrors(Workbench bench) {
    long B = 4096;
    bench.stream()
        .binErrors(
            bench.zeros(DType.F64, 20, 4),
            bench.floats(B),
            bench.floats(B),
            bench.floats(B),
            -4,
            4);
  }

  static void mixture(Workbench bench) {
    bench.stream()
        .mixtureDenoiser(
            bench.zeros(DType.F32, 512, 64),
            null,
            bench.floats(512, 64),
            bench.floats(1024, 64),
            null,
            null,
            bench.floats(512));
  }

  static void randomFeatures(Workbench bench) {
    View features = bench.zeros(DType.F32, 512, 512);
    View x = bench.floats(512, 64);
    bench.stream().randomFeatures(features, x, RandomFeature.COSINE, 0.1, NOISE, 0);
  }
}
