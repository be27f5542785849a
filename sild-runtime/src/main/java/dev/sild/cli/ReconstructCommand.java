package dev.sild.cli;

import dev.sild.data.SampleSpace;
import dev.sild.data.TokenShape;
import dev.sild.data.molecule.SmilesFile;
import dev.sild.evaluation.molecule.TokenAccuracy;
import dev.sild.sild.Model;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;

/** {@code reconstruct}: g(f(x)), and how far that is from x. */
@Command(
    name = "reconstruct",
    description = {
      "Reconstructs rows: g(f(x)).",
      "A .smi has a line for each molecule: the original, its reconstruction, and whether they are"
          + " the same."
    })
final class ReconstructCommand extends MapCommand {
  private double squares;
  private long numbers;
  private final ByteArrayOutputStream tokens = new ByteArrayOutputStream(); // of molecules
  private final ByteArrayOutputStream back = new ByteArrayOutputStream();
  private final List<String> originals = new ArrayList<>();

  @Override
  SampleSpace from(Model model) {
    return model.contents().space();
  }

  @Override
  SampleSpace to(Model model) {
    return model.contents().space();
  }

  @Override
  void map(Model model, MemorySegment result, MemorySegment rows) {
    model.reconstruct(result, rows);
  }

  @Override
  void see(SampleSpace space, float[] x, float[] y) {
    for (int i = 0; i < x.length; i++) squares += Math.pow((double) x[i] - y[i], 2);
    numbers += x.length;
    if (!space.isMolecule()) return;
    TokenShape shape = space.tokens();
    int count = x.length / space.dimension();
    byte[] words = shape.likeliest(x, count);
    tokens.writeBytes(words);
    back.writeBytes(shape.likeliest(y, count));
    originals.addAll(shape.vocabulary().decode(words, count, shape.length()));
  }

  @Override
  void write(ArrayFile file) throws IOException {
    if (file.isSmiles()) file.write(SmilesFile.reconstructed(originals, file.smiles()));
    else file.write();
  }

  @Override
  void report(SampleSpace space, Map<String, Object> figures) {
    double mse = squares / numbers;
    figures.put("reconstruction_mse", mse);
    common.words().println("mean squared error " + mse);
    if (!space.isMolecule()) return;
    TokenShape shape = space.tokens();
    TokenAccuracy accuracy =
        TokenAccuracy.of(
            shape.vocabulary(),
            tokens.toByteArray(),
            back.toByteArray(),
            originals.size(),
            shape.length());
    figures.put("token_accuracy", Output.known(accuracy.tokens()));
    figures.put("molecule_accuracy", accuracy.molecules());
    common
        .words()
        .println(
            "token accuracy %.4f, molecule accuracy %.4f"
                .formatted(accuracy.tokens(), accuracy.molecules()));
  }
}
