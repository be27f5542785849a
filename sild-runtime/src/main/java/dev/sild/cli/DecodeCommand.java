package dev.sild.cli;

import dev.sild.sild.Model;
import java.lang.foreign.MemorySegment;
import picocli.CommandLine.Command;

/** {@code decode}: x = g(z). */
@Command(name = "decode", description = "Decodes latents: x = g(z).")
final class DecodeCommand extends MapCommand {
  @Override
  int inputs(Model model) {
    return model.latent();
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
    model.decode(result, rows);
  }
}
