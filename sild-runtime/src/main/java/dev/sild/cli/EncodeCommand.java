package dev.sild.cli;

import dev.sild.sild.Model;
import java.lang.foreign.MemorySegment;
import picocli.CommandLine.Command;

/** {@code encode}: z = f(x). */
@Command(name = "encode", description = "Encodes rows: z = f(x).")
final class EncodeCommand extends MapCommand {
  @Override
  int inputs(Model model) {
    return model.dimension();
  }

  @Override
  int outputs(Model model) {
    return model.latent();
  }

  @Override
  boolean samples() {
    return false;
  }

  @Override
  void map(Model model, MemorySegment result, MemorySegment rows) {
    model.encode(result, rows);
  }
}
