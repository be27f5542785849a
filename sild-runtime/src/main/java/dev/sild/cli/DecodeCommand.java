package dev.sild.cli;

import dev.sild.data.SampleSpace;
import dev.sild.sild.Model;
import java.lang.foreign.MemorySegment;
import picocli.CommandLine.Command;

/** {@code decode}: x = g(z). */
@Command(name = "decode", description = "Decodes latents: x = g(z).")
final class DecodeCommand extends MapCommand {
  @Override
  SampleSpace from(Model model) {
    return SampleSpace.vectors(model.latent());
  }

  @Override
  SampleSpace to(Model model) {
    return model.contents().space();
  }

  @Override
  void map(Model model, MemorySegment result, MemorySegment rows) {
    model.decode(result, rows);
  }
}
