package dev.sild.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sild.bindings.Device;
import dev.sild.bindings.Stream;
import dev.sild.data.DataSet;
import dev.sild.data.molecule.Notation;
import dev.sild.sild.ConfigFile;
import dev.sild.sild.RunConfig;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is planned is what is taken. */
class MemoryTableTest {
  private static final long ALIGNMENT = 64;
  private static final int TENSORS = 100; // more than a stage has beside its network

  /** Up to the alignment of what a stage has beside its networks. */
  @ParameterizedTest
  @CsvSource({"sild, 0", "sild, 16", "ae, 0", "vae, 0", "mmd, 0", "gan, 0"})
  void theFirstStageOfMoleculesTakesWhatIsPlanned(String method, int microBatch) {
    DataSet data = FewMolecules.in(Notation.SELFIES);
    RunConfig config =
        ConfigFile.of(
            "qm9",
            Map.of(
                "method", method,
                "autoencoder.latent", "8",
                "autoencoder.width", "16",
                "collapse.batch", "64",
                "collapse.micro_batch", "" + microBatch,
                "baseline.adversary_width", "32"));
    try (CountingDevice device = new CountingDevice(Device.open("cpu"));
        Stream stream = device.openStream()) {
      Stage.Name name = Stage.Name.of(config).getFirst();
      long planned =
          MemoryTable.of(config, data, device).rows().stream()
              .filter(row -> row.stage().equals(name.label()) && !row.arena().startsWith("scratch"))
              .mapToLong(MemoryTable.Row::bytes)
              .sum();
      Stage.Setting setting = new Stage.Setting(config, 1, data, device, stream);
      try (Stage stage = Stage.open(name, setting, null);
          Trainer _ = stage.trainer(name, setting)) {
        System.out.printf("%s: %d of %d%n", method, device.allocated(), planned);
        assertThat(device.allocated()).isBetween(planned, planned + TENSORS * ALIGNMENT);
      }
    }
  }
}
