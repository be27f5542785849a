package dev.sild.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sild.bindings.Activation;
import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import java.util.Arrays;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** What a row becomes does not depend on the rows beside it. */
class BatchTest {
  private static final int ROWS = 37;
  private static final int COLUMNS = 21;

  @Test
  void aBatchOfManyIsManyBatchesOfOneBitForBit() {
    confirm(b -> new Linear(b, "a", COLUMNS, 33, Activation.SILU, 1, false));
    confirm(b -> new Norm(b, "b", COLUMNS));
    confirm(b -> new ResidualBlock(b, "c", COLUMNS, 40, 0));
    confirm(b -> new Mlp(b, "d", COLUMNS, 48, 2, 5, false));
    confirm(b -> new ConservativeNetwork(b, "e", COLUMNS, 64));
    confirm(b -> TokenStack.encoder(b, "f", TokenGradientTest.shape(3, 7), 10, 2, 2, 5));
    confirm(b -> TokenStack.decoder(b, "g", TokenGradientTest.shape(13, 5), COLUMNS, 9, 1, 3));
  }

  private static void confirm(Function<Blueprint, Layer> network) {
    try (Device device = Device.open("cpu");
        Stream stream = device.openStream();
        Parameters parameters = new Parameters();
        MemoryPlan plan = new MemoryPlan("test")) {
      Blueprint blueprint = new Blueprint(parameters, plan, ROWS, false);
      Layer layer = network.apply(blueprint);
      Slot x = blueprint.rows("x", COLUMNS);
      parameters.allocate(device, false);
      plan.allocate(device);
      parameters.initialise(stream, new Noise(1, 1));
      Noise noise = new Noise(2, 2);
      stream.samplerStep(x.view(), null, 0, null, 0, null, 0, 1, noise, null, 0);
      View all = layer.forward(stream, x.view());
      int width = (int) all.columns();
      float[] expected = all.floats();
      for (int i = 0; i < ROWS; i++) {
        float[] alone = layer.forward(stream, x.view().rows(i, 1)).floats();
        assertThat(alone).isEqualTo(Arrays.copyOfRange(expected, i * width, (i + 1) * width));
      }
    }
  }
}
