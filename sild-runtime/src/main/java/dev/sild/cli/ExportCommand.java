package dev.sild.cli;

import dev.sild.UserException;
import dev.sild.export.ExportedModel;
import dev.sild.export.OnnxExport;
import dev.sild.export.OnnxGraph;
import dev.sild.sild.ModelFile;
import dev.sild.training.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code export}: a trained model for other programs. */
@Command(
    name = "export",
    description = {
      "Writes a trained model for other programs.",
      "safetensors: one file, whose metadata say how to rebuild the network.",
      "onnx: encoder.onnx (x to z), decoder.onnx (z to x) and denoiser.onnx (standardised latents"
          + " x and sigma to D(x; sigma))."
    })
final class ExportCommand implements Callable<Integer> {
  @Mixin Output output;

  @Parameters(paramLabel = "RUN", description = "run directory, or a model.safetensors")
  Path run;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      required = true,
      description = "safetensors or onnx")
  Format format;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "where to write, made if it is missing (default: RUN/export)")
  Path out;

  /** What is written. */
  enum Format {
    SAFETENSORS,
    ONNX;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Override
  public Integer call() throws IOException {
    ExportedModel model = ExportedModel.of(read());
    Collection<String> files =
        switch (format) {
          case SAFETENSORS -> {
            String name = ModelFile.NAME;
            model.writeSafetensors(room(List.of(name)).resolve(name));
            yield List.of(name);
          }
          case ONNX -> {
            Map<String, OnnxGraph> graphs = OnnxExport.graphs(model);
            Path folder = room(graphs.keySet());
            for (Map.Entry<String, OnnxGraph> graph : graphs.entrySet())
              OnnxExport.write(folder.resolve(graph.getKey()), graph.getValue(), model);
            yield graphs.keySet();
          }
        };
    for (String file : files) output.words().println(folder().resolve(file));
    output.print(
        Map.of(
            "out", folder().toString(),
            "format", format.toString(),
            "files", List.copyOf(files)));
    return 0;
  }

  private ModelFile.Contents read() throws IOException {
    if (Files.exists(run.resolve("config.toml")) && !Files.exists(run.resolve(ModelFile.NAME)))
      throw new UserException(
          "the training of %s has not finished: go on with ./sild train %s --resume --out %s"
              .formatted(run, RunDirectory.open(run).config().preset(), run));
    try {
      return ModelFile.read(run);
    } catch (IOException e) {
      throw new UserException("cannot read a model from %s: %s".formatted(run, e.getMessage()), e);
    }
  }

  private Path folder() {
    return out != null
        ? out
        : (Files.isDirectory(run) ? run : run.resolveSibling("")).resolve("export");
  }

  /** The folder, in which none of the files may be. */
  private Path room(Collection<String> files) {
    Path folder = folder();
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UserException("--out %s: no folder can be made there".formatted(folder), e);
    }
    for (String file : files)
      if (Files.exists(folder.resolve(file)))
        throw new UserException(
            "%s is there already: remove it, or name another --out"
                .formatted(folder.resolve(file)));
    ArrayFile.requireWritable(folder.resolve(files.iterator().next()));
    return folder;
  }
}
