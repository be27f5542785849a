package dev.sild.sild;

import dev.sild.UserException;
import dev.sild.data.DataSet;
import dev.sild.data.ImageShape;
import dev.sild.data.Safetensors;
import dev.sild.data.SampleSpace;
import dev.sild.data.Tensor;
import dev.sild.data.TokenShape;
import dev.sild.network.Weights;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * {@code model.safetensors}: the averaged weights, the latents' mean and scale, the data's
 * normalisation, and in the metadata what else it takes to use them.
 */
public final class ModelFile {
  /** Name of the file in a run directory. */
  public static final String NAME = "model.safetensors";

  /** The same with the denoiser's second average. */
  public static final String SECOND_NAME = "model-second-ema.safetensors";

  private static final String FORMAT = "sild-model-1";

  private ModelFile() {}

  /**
   * A trained model on the host.
   *
   * @param seed of the run
   * @param space what a sample is
   * @param normalisation from the data's units to the network's
   * @param weights encoder, decoder and denoiser, mean and scale of clean latents
   */
  public record Contents(
      RunConfig config,
      int seed,
      SampleSpace space,
      DataSet.Normalisation normalisation,
      Weights weights) {

    /** Mean and scale of clean latents. */
    public Latents latents() {
      return Latents.of(weights);
    }

    /** Numbers in a sample. */
    public int dimension() {
      return space.dimension();
    }
  }

  /** Writes the file whole or not at all. */
  public static void write(Path path, Contents c) throws IOException {
    List<Tensor> tensors = new ArrayList<>(c.weights.tensors().values());
    tensors.add(Tensor.of("data.scale", c.normalisation.scale(), c.dimension()));
    tensors.add(Tensor.of("data.shift", c.normalisation.shift(), c.dimension()));
    Safetensors.writeAtomically(
        path,
        tensors,
        Map.of(
            "format", FORMAT,
            "config", ConfigFile.write(c.config),
            "seed", Integer.toUnsignedString(c.seed),
            "image", c.space.isImage() ? c.space.image().toString() : "",
            "tokens", c.space.isMolecule() ? c.space.tokens().text() : "",
            "classes", String.join("\n", c.space.classes()),
            "class_shares",
                String.join(" ", c.space.shares().stream().map(String::valueOf).toList())));
  }

  /**
   * Reads such a file, or the one in a run directory.
   *
   * @throws UserException if there is none, or it is another program's
   */
  public static Contents read(Path run) throws IOException {
    Path path = Files.isDirectory(run) ? run.resolve(NAME) : run;
    if (!Files.exists(path))
      throw new UserException("no model in %s: train one, or name a run directory".formatted(run));
    Safetensors.Contents file = Safetensors.read(path, Arena.ofAuto());
    if (!FORMAT.equals(file.metadata().get("format")))
      throw new UserException("%s is not a model of this program".formatted(path));
    return new Contents(
        ConfigFile.parse(file.metadata().get("config"), path.toString()),
        Integer.parseUnsignedInt(file.metadata().get("seed")),
        space(file.metadata(), file.get("data.scale").toFloats().length),
        new DataSet.Normalisation(
            file.get("data.scale").toFloats(), file.get("data.shift").toFloats()),
        Weights.named("", file.tensors()).without("data."));
  }

  private static SampleSpace space(Map<String, String> words, int dimension) {
    String classes = words.getOrDefault("classes", ""); // older files have none
    String[] sides = words.get("image").split("[x×]"); // older files have an x
    ImageShape image =
        sides.length < 3
            ? null
            : new ImageShape(
                Integer.parseInt(sides[0]), Integer.parseInt(sides[1]), Integer.parseInt(sides[2]));
    String tokens = words.getOrDefault("tokens", "");
    TokenShape molecule = tokens.isEmpty() ? null : TokenShape.parse(tokens);
    SampleSpace plain = new SampleSpace(dimension, image, molecule, List.of(), List.of());
    if (classes.isEmpty()) return plain;
    String[] shares = words.get("class_shares").split(" ");
    return plain.with(
        List.of(classes.split("\n")), Arrays.stream(shares).map(Double::valueOf).toList());
  }
}
