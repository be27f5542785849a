package dev.sild.cli;

import dev.sild.data.SampleSpace;
import dev.sild.sild.Model;
import java.lang.foreign.MemorySegment;
import picocli.CommandLine.Command;

/** {@code encode}: z = f(x). */
@Command(name = "encode", description = "Encodes rows: z = f(x).")
final class EncodeCommand extends MapCommand {
  @Override
  SampleSpace from(Model model) {
    return model.contents().space();
  }

  @Override
  SampleSpace to(Model model) {
    return SampleSpace.vectors(model.latent());
  }

  @Override
  void map(Model model, MemorySegment result, MemorySegment rows) {
    model.encode(result, rows);
  }
}
