package dev.sild.network;

import dev.sild.bindings.Activation;
import dev.sild.bindings.Resampling;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.ImageShape;
import dev.sild.network.Arithmetic.Scalar;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Written backward passes of the layers of images are the derivatives of their forward passes. */
class ImageGradientTest {
  private static final ImageShape SMALL = new ImageShape(3, 4, 6);

  @ParameterizedTest
  @CsvSource({"1", "3", "5"})
  void ofConv(int window) {
    GradientCheck.confirm(
        3,
        SMALL.size(),
        b -> new Conv(b, "conv", SMALL, 5, window, 1, true),
        (r, x, _) -> new ImageReference(r).conv("conv", SMALL, window, x, null));
  }

  @ParameterizedTest
  @CsvSource({"SILU, 3, 0", "IDENTITY, 3, 1", "SILU, 8, 4", "SILU, 16, 0"})
  void ofGroupNorm(Activation activation, int channels, int modulations) {
    ImageShape shape = new ImageShape(channels, 2, 3);
    GradientCheck.confirm(
        4,
        shape.size(),
        b -> new Modulated(b, new GroupNorm(b, "norm", shape, activation), channels, modulations),
        (r, x, i) ->
            new ImageReference(r)
                .groupNorm("norm", shape, activation, x, modulation(r, channels, modulations, i)));
  }

  private static Scalar[] modulation(Reference r, int channels, int rows, int row) {
    return rows == 0
        ? null
        : Reference.row(r.variables().get("modulation"), rows == 1 ? 0 : row, 2 * channels);
  }

  @ParameterizedTest
  @EnumSource(Resampling.class)
  void ofResample(Resampling kind) {
    GradientCheck.confirm(
        3,
        SMALL.size(),
        b -> new Resample(b, "resample", SMALL, kind),
        (r, x, _) ->
            kind == Resampling.UP
                ? new ImageReference(r).up(SMALL, x)
                : new ImageReference(r).down(SMALL, x));
  }

  /** With as many channels as before, and with others; alone, and with an embedding. */
  @ParameterizedTest
  @CsvSource({"3, 0", "5, 0", "3, 4", "5, 4"})
  void ofConvBlock(int outputs, int columns) {
    GradientCheck.confirm(
        3,
        SMALL.size(),
        b -> new Embedded(b, new ConvBlock(b, "block", SMALL, outputs, columns), 3, columns),
        (r, x, i) ->
            new ImageReference(r)
                .block(
                    "block",
                    SMALL,
                    outputs,
                    x,
                    columns == 0
                        ? null
                        : Reference.row(r.variables().get("embedding"), i, columns)));
  }

  @ParameterizedTest
  @CsvSource({"1", "2"})
  void ofSelfAttention(int heads) {
    ImageShape shape = new ImageShape(16, 2, 3); // heads of 16 or 8 channels
    GradientCheck.confirm(
        2,
        shape.size(),
        b -> new SelfAttention(b, "attention", shape, heads),
        (r, x, _) -> new ImageReference(r).attention("attention", shape, heads, x));
  }

  /** An encoder and its decoder, one after the other. */
  @Test
  void ofConvStacks() {
    ImageShape image = new ImageShape(2, 4, 4);
    ImageShape latent = new ImageShape(3, 2, 2);
    GradientCheck.confirm(
        2,
        image.size(),
        b -> {
          Layer encoder = ConvStack.encoder(b, "encoder", image, 2, 1, 1, 3);
          return new Both(encoder, ConvStack.decoder(b, "decoder", latent, 2, 1, 1, 2));
        },
        (r, x, _) -> {
          ImageReference layers = new ImageReference(r);
          return decoder(layers, latent, encoder(layers, image, x));
        });
  }

  private static Scalar[] encoder(ImageReference r, ImageShape image, Scalar[] x) {
    ImageShape wide = new ImageShape(2, 4, 4);
    ImageShape half = new ImageShape(2, 2, 2);
    Scalar[] h = r.conv("encoder.in", image, 3, x, null);
    h = r.down(wide, r.block("encoder.0.0", wide, 2, h, null));
    h = r.block("encoder.1.0", half, 4, h, null);
    ImageShape small = new ImageShape(4, 2, 2);
    h = r.groupNorm("encoder.norm", small, Activation.SILU, h, null);
    return r.conv("encoder.out", small, 3, h, null);
  }

  private static Scalar[] decoder(ImageReference r, ImageShape latent, Scalar[] z) {
    ImageShape small = new ImageShape(4, 2, 2);
    ImageShape wide = new ImageShape(2, 4, 4);
    Scalar[] h = r.conv("decoder.in", latent, 3, z, null);
    h = r.up(new ImageShape(2, 2, 2), r.block("decoder.1.0", small, 2, h, null));
    h = r.block("decoder.0.0", wide, 2, h, null);
    h = r.groupNorm("decoder.norm", wide, Activation.SILU, h, null);
    return r.conv("decoder.out", wide, 3, h, null);
  }

  private record Both(Layer first, Layer second) implements Layer {
    @Override
    public View forward(Stream stream, View x) {
      return second.forward(stream, first.forward(stream, x));
    }

    /** The encoder does not give the gradient of the data: nobody asks for it. */
    @Override
    public View backward(Stream stream, View dy) {
      return first.backward(stream, second.backward(stream, dy));
    }
  }

  /** A group norm whose modulation is a parameter, so that its gradient is looked at. */
  private static final class Modulated implements Layer {
    private final GroupNorm norm;
    private final Parameter modulation; // or null
    private final int rows;

    Modulated(Blueprint blueprint, GroupNorm norm, int channels, int rows) {
      this.norm = norm;
      this.rows = rows;
      modulation =
          rows == 0 ? null : blueprint.parameters().normal("modulation", 1, rows, 2 * channels);
    }

    @Override
    public View forward(Stream stream, View x) {
      return norm.forward(stream, x, modulation == null ? null : modulation.value());
    }

    /** Each row's own gradient comes back; that of one modulation for all is their sum. */
    @Override
    public View backward(Stream stream, View dy) {
      if (modulation == null) return norm.backward(stream, dy);
      int columns = (int) modulation.value().columns();
      try (var device = dev.sild.bindings.Device.open("cpu");
          var buffer = device.allocate(4L * dy.rows() * columns)) {
        View each = buffer.view(0, dev.sild.bindings.DType.F32, dy.rows(), columns);
        norm.backward(stream, dy, dy, each, false);
        float[] parts = each.floats();
        float[] sums = new float[rows * columns];
        for (int i = 0; i < parts.length; i++) sums[i % sums.length] += parts[i];
        modulation.gradient().write(sums);
      }
      return dy;
    }
  }

  /** A block whose embedding is a parameter; or one without. */
  private static final class Embedded implements Layer {
    private final ConvBlock block;
    private final Parameter embedding; // or null

    Embedded(Blueprint blueprint, ConvBlock block, int rows, int columns) {
      this.block = block;
      embedding =
          columns == 0 ? null : blueprint.parameters().normal("embedding", 1, rows, columns);
    }

    @Override
    public View forward(Stream stream, View x) {
      return block.forward(stream, x, embedding == null ? null : embedding.value());
    }

    @Override
    public View backward(Stream stream, View dy) {
      return embedding == null
          ? block.backward(stream, dy)
          : block.backward(stream, dy, embedding.gradient(), false);
    }
  }
}
