package dev.sild.cli;

import dev.sild.sild.Model;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import picocli.CommandLine.Command;

/** {@code reconstruct}: g(f(x)), and how far that is from x. */
@Command(name = "reconstruct", description = "Reconstructs rows: g(f(x)).")
final class ReconstructCommand extends MapCommand {
  @Override
  int inputs(Model model) {
    return model.dimension();
  }

  @Override
  int outputs(Model model) {
    return model.dimension();
  }

  @Override
  boolean samples() {
    return true;
  }

  @Override
  void map(Model model, MemorySegment result, MemorySegment rows) {
    model.reconstruct(result, rows);
  }

  @Override
  void report(float[] rows, float[] result, int count) {
    double squares = 0;
    for (int i = 0; i < rows.length; i++) squares += Math.pow((double) rows[i] - result[i], 2);
    double mse = squares / rows.length;
    common.words().println("mean squared error " + mse);
    common.print(Map.of("out", out.toString(), "count", count, "reconstruction_mse", mse));
  }
}
