package dev.sild.cli;

import dev.sild.UserException;
import dev.sild.data.DataSet;
import dev.sild.data.ImageShape;
import dev.sild.evaluation.Evaluation;
import dev.sild.evaluation.FeatureNet;
import dev.sild.evaluation.Lpips;
import dev.sild.evaluation.PixelRange;
import dev.sild.evaluation.UserNets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Option;

/** Measures of images by networks that the user brings as ONNX files. */
final class FeatureOptions {
  @Option(
      names = "--features",
      paramLabel = "FILE.onnx",
      description =
          "also the Fréchet distance by this net, (N, 3 or 1, H, W) to (N, features), as"
              + " frechet_FILE; may be repeated")
  List<Path> features = List.of();

  @Option(
      names = "--feature-range",
      paramLabel = "A..B",
      defaultValue = "-1..1",
      description = "what black and white are to these nets, 0..1 or -1..1 (default: -1..1)")
  String range;

  @Option(
      names = "--feature-threads",
      paramLabel = "N",
      defaultValue = "1",
      description = "processors that run these nets (default: ${DEFAULT-VALUE})")
  int threads;

  @Option(
      names = "--inception",
      paramLabel = "FILE.onnx",
      description = "Inception-v3 up to its 2048 features: also the FID, as fid")
  Path inception;

  @Option(
      names = "--lpips",
      paramLabel = "FILE.onnx",
      description =
          "also the perceptual distance of reconstructions by this net, two (N, 3 or 1, H, W) in"
              + " [-1, 1] to (N), as lpips")
  Path lpips;

  /** These options as words of a command, those that were given. */
  String command() {
    StringBuilder words = new StringBuilder();
    features.forEach(file -> words.append(" --features ").append(file));
    if (!range.equals("-1..1")) words.append(" --feature-range ").append(range);
    if (threads != 1) words.append(" --feature-threads ").append(threads);
    if (inception != null) words.append(" --inception ").append(inception);
    if (lpips != null) words.append(" --lpips ").append(lpips);
    return words.toString();
  }

  /**
   * Opens the nets, before any work.
   *
   * @throws UserException if a file is not such a net, or the data are not images
   */
  UserNets open(DataSet data) {
    if (features.isEmpty() && inception == null && lpips == null) return UserNets.NONE;
    if (!data.space().isImage())
      throw new UserException(
          "--features, --inception and --lpips measure images; these data are none: leave them"
              + " out");
    if (threads < 1) throw new UserException("--feature-threads %d: at least 1".formatted(threads));
    List<FeatureNet> opened = new ArrayList<>();
    try {
      ImageShape shape = data.space().image();
      PixelRange pixels = PixelRange.of(range);
      for (Path file : features) opened.add(FeatureNet.open(file, shape, pixels, threads));
      if (inception != null) opened.add(FeatureNet.inception(inception, shape, pixels, threads));
      requireDifferentNames(opened, Evaluation.headline(data));
      return new UserNets(
          List.copyOf(opened), lpips == null ? null : new Lpips(lpips, shape, threads));
    } catch (UserException e) {
      opened.forEach(FeatureNet::close);
      throw e;
    } catch (LinkageError e) {
      throw noRuntime(e);
    }
  }

  /** ONNX Runtime is optional. */
  static UserException noRuntime(LinkageError e) {
    return new UserException(
        "ONNX Runtime is not on the class path, or has no library for this machine: add"
            + " com.microsoft.onnxruntime:onnxruntime",
        e);
  }

  private static void requireDifferentNames(List<FeatureNet> nets, String taken) {
    Set<String> names = new HashSet<>(Set.of(taken));
    for (FeatureNet net : nets)
      if (!names.add(net.metric()))
        throw new UserException(
            "--features: two measures would be called %s: rename the file".formatted(net.metric()));
  }
}
