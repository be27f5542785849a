package dev.sild.export;

import dev.sild.data.ImageShape;
import dev.sild.data.Safetensors;
import dev.sild.data.Tensor;
import dev.sild.data.TokenShape;
import dev.sild.network.Weights;
import dev.sild.sild.ConfigFile;
import dev.sild.sild.Latents;
import dev.sild.sild.ModelFile;
import dev.sild.sild.RunConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/**
 * A trained model under names and with words that need no knowledge of this program.
 *
 * @param weights averaged weights: {@code encoder.*}, {@code decoder.*}, {@code denoiser.*}, {@code
 *     latent.mean} and {@code latent.scale}
 */
public record ExportedModel(ModelFile.Contents contents, Weights weights) {
  private static final String FORMAT = "sild-export-1";

  /** The model of a run. */
  public static ExportedModel of(ModelFile.Contents contents) {
    Map<String, Tensor> plain = new LinkedHashMap<>();
    for (Tensor t : contents.weights().tensors().values()) {
      String name = plainName(t.name());
      plain.put(name, new Tensor(name, t.dtype(), t.shape(), t.data()));
    }
    if (contents.config().autoencoder().kind() == RunConfig.AutoencoderKind.CONSERVATIVE) {
      String name = "encoder.conservative.signs";
      float[] signs = balancedSigns(contents.config().autoencoder().width());
      plain.put(name, Tensor.of(name, signs, signs.length));
    }
    return new ExportedModel(contents, new Weights(plain));
  }

  /** The conservative network and its principal axes are an encoder, too. */
  private static String plainName(String name) {
    return switch (name) {
      case "principal.axes" -> "encoder.principal.weight";
      case "principal.offset" -> "encoder.principal.bias";
      default -> name.startsWith("conservative.") ? "encoder." + name : name;
    };
  }

  /** a_j/m of the conservative network, which are not learned: 1/m, −1/m, 1/m, … */
  private static float[] balancedSigns(int width) {
    float[] signs = new float[width];
    for (int j = 0; j < width; j++) signs[j] = (j % 2 == 0 ? 1f : -1f) / width;
    return signs;
  }

  /** What it takes to use the weights, as strings; arrays are JSON. */
  public Map<String, String> metadata() {
    Latents latents = contents.latents();
    Map<String, String> words = new LinkedHashMap<>();
    words.put("format", FORMAT);
    words.put("architecture", Architecture.describe(contents));
    words.put("config", ConfigFile.write(contents.config()));
    words.put("config_json", ConfigFile.writeJson(contents.config()));
    words.put("seed", Integer.toUnsignedString(contents.seed()));
    words.put("image", sides(contents.space().image()));
    words.put("tokens", words(contents.space().tokens()));
    words.put("latent_mean", Arrays.toString(latents.mean()));
    words.put("latent_scale", Arrays.toString(latents.scale()));
    words.put("data_scale", Arrays.toString(contents.normalisation().scale()));
    words.put("data_shift", Arrays.toString(contents.normalisation().shift()));
    return words;
  }

  /** What each number of a token stands for, padding first; none where samples are no molecules. */
  private static String words(TokenShape shape) {
    List<String> words = new ArrayList<>();
    if (shape != null) words.add("");
    if (shape != null) words.addAll(shape.vocabulary().tokens());
    return JsonMapper.shared().writeValueAsString(words);
  }

  private static String sides(ImageShape image) {
    return image == null
        ? "[]"
        : Arrays.toString(new int[] {image.channels(), image.height(), image.width()});
  }

  /** Writes {@code path} in the safetensors format, whole or not at all. */
  public void writeSafetensors(Path path) throws IOException {
    List<Tensor> tensors = new ArrayList<>(weights.tensors().values());
    int d = contents.dimension();
    tensors.add(Tensor.of("data.scale", contents.normalisation().scale(), d));
    tensors.add(Tensor.of("data.shift", contents.normalisation().shift(), d));
    Safetensors.writeAtomically(path, tensors, metadata());
  }
}
