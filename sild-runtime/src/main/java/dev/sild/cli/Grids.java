package dev.sild.cli;

import dev.sild.bindings.Device;
import dev.sild.data.SampleSpace;
import dev.sild.sild.Model;
import dev.sild.sild.ModelFile;
import dev.sild.training.RunDirectory;
import dev.sild.training.Watcher;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Locale;

/**
 * Pictures of samples while a run is trained: {@code grids/refine-STEP.png}, those of the weights
 * as they stand above those of their average; always of the same noise.
 */
record Grids(RunDirectory run, SampleSpace space, int seed, Device device) implements Watcher {
  private static final int EACH = 32;

  /** One that looks at what can be shown. */
  static Watcher of(RunDirectory run, SampleSpace space, int seed, Device device) {
    return Pictures.show(space) ? new Grids(run, space, seed, device) : (_, _, _) -> {};
  }

  @Override
  public void see(long step, ModelFile.Contents raw, ModelFile.Contents average)
      throws IOException {
    float[] above = draw(raw);
    float[] both = Arrays.copyOf(above, 2 * above.length);
    System.arraycopy(draw(average), 0, both, above.length, above.length);
    Files.createDirectories(run.file("grids"));
    String name = String.format(Locale.ROOT, "grids/refine-%06d.png", step);
    run.write(name, Pictures.grid(both, space));
    run.log(name + ": samples of the raw weights above, of the averaged ones below");
  }

  private float[] draw(ModelFile.Contents contents) {
    float[] samples = new float[EACH * space.dimension()];
    try (Model model = new Model(contents, device)) {
      model.sample(MemorySegment.ofArray(samples), seed);
    }
    return samples;
  }
}
