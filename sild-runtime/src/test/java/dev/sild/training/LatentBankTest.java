package dev.sild.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Noise;
import dev.sild.bindings.SigmaLaw;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Step;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.DataSet;
import dev.sild.data.Source;
import dev.sild.data.molecule.Notation;
import dev.sild.network.Parameters;
import dev.sild.sild.ConfigFile;
import dev.sild.sild.Labels;
import dev.sild.sild.Latents;
import dev.sild.sild.RunConfig;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LatentBankTest {
  private static final Noise SAMPLES = new Noise(20261126, 1);
  private static final Noise NONE = new Noise(0, 0);
  private static final int BATCH = 7; // divides neither the images nor their mirror images

  /**
   * Encoded once or at every step: the same latents and labels of the same samples, bit for bit.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void holdsWhatAnEncoderWouldSayOfImages(boolean flips) {
    RunConfig config =
        ConfigFile.of(
            "images",
            Map.of(
                "data.size", "8",
                "autoencoder.latent", "2",
                "autoencoder.width", "8",
                "autoencoder.levels", "1"));
    holdsWhatAnEncoderWouldSay(CudaImageTrainingTest.noise(flips), config);
  }

  @Test
  void holdsWhatAnEncoderWouldSayOfMolecules() {
    RunConfig config =
        ConfigFile.of("qm9", Map.of("autoencoder.latent", "5", "autoencoder.width", "8"));
    holdsWhatAnEncoderWouldSay(FewMolecules.in(Notation.SELFIES), config);
  }

  private static void holdsWhatAnEncoderWouldSay(DataSet data, RunConfig config) {
    Labels labels = new Labels(2, 0.5, new Noise(20261126, 2));
    try (Device device = Device.open("cpu");
        Stream stream = device.openStream();
        Parameters weights = new Parameters();
        MemoryPlan memory = new MemoryPlan("test")) {
      Latents.Encoder encoder =
          new FrozenEncoder(weights, memory, config, data.space(), BATCH, NONE);
      Slot x = memory.add("x", BATCH, config.latent(data.space()));
      Slot sigma = memory.add("sigma", BATCH);
      Slot step = memory.add("step", DType.U8, Step.BYTES);
      weights.allocate(device, false);
      memory.allocate(device);
      weights.initialise(stream, new Noise(20261126, 3));
      Latents units = units((int) x.view().columns());
      try (Source samples = data.training(device, BATCH, SAMPLES);
          Source each = new Latents.Standardised(device, samples, encoder, units, BATCH, labels);
          Source once =
              new LatentBank(device, data, SAMPLES, units, BATCH, labels)
                  .fill(device, stream, encoder, BATCH)) {
        for (long first : new long[] {0, BATCH, 5 * BATCH}) {
          View at = step.view();
          Step.at(first).writeTo(stream, at);
          float[][] found = new float[2][];
          float[][] seen = new float[2][];
          for (int i = 0; i < 2; i++) {
            Source source = i == 0 ? each : once;
            source.prepare(stream, first, BATCH);
            stream.perturb(
                x.view(),
                sigma.view(),
                source.batch(stream, at, BATCH),
                new SigmaLaw.Fixed(0),
                0,
                NONE,
                at);
            found[i] = x.view().floats();
            seen[i] = source.labels().floats();
          }
          assertThat(found[1]).isEqualTo(found[0]);
          assertThat(seen[1]).isEqualTo(seen[0]);
          for (float value : found[0]) assertThat(value).isFinite();
        }
      }
    }
  }

  private static Latents units(int latent) {
    float[] mean = new float[latent];
    float[] scale = new float[latent];
    for (int j = 0; j < latent; j++) {
      mean[j] = 0.1f * j;
      scale[j] = 1 + j % 3;
    }
    return new Latents(mean, scale);
  }
}
