package dev.sild.cli;

import dev.sild.UserException;
import dev.sild.bindings.Activation;
import dev.sild.bindings.Device;
import dev.sild.data.CurvedGaussian;
import dev.sild.data.Manifold;
import dev.sild.data.Sphere;
import dev.sild.network.ConservativeNetwork.Signs;
import dev.sild.theory.alignment.Course;
import dev.sild.theory.alignment.Repeats;
import dev.sild.theory.alignment.Setting;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code theory alignment}: how fast the conservative network aligns with a manifold. */
@Command(
    name = "alignment",
    description =
        "How fast the two-layer conservative network aligns with a manifold under gradient flow:"
            + " exponentially with balanced signs, by a power law with positive ones. Runs every"
            + " combination of the lists below; the identity only on linear subspaces, where it is"
            + " solved exactly, too.")
final class AlignmentCommand implements Callable<Integer> {
  private static final String DEFAULT = "default: ${DEFAULT-VALUE}";

  /** A law of unit variance in each coordinate that it fills. */
  enum Shape {
    LINEAR,
    SPHERE,
    CURVED
  }

  @Mixin Experiment experiment;

  @Option(
      names = "--manifold",
      paramLabel = "M",
      split = ",",
      defaultValue = "linear,sphere,curved",
      description =
          "linear: a Gaussian on a subspace; sphere: of radius sqrt(k+1); curved: a Gaussian on"
              + " parabolas ("
              + DEFAULT
              + ")")
  List<Shape> shapes;

  @Option(
      names = "--activation",
      paramLabel = "F",
      split = ",",
      defaultValue = "identity,silu",
      description = "of the neurons (" + DEFAULT + ")")
  List<Activation> activations;

  @Option(
      names = "--intrinsic",
      paramLabel = "K",
      split = ",",
      defaultValue = "2",
      description = "dimensions of the manifold (" + DEFAULT + ")")
  List<Integer> intrinsic;

  @Option(
      names = "--ambient",
      paramLabel = "D",
      split = ",",
      defaultValue = "8",
      description = "dimensions of the space (" + DEFAULT + ")")
  List<Integer> ambient;

  @Option(
      names = "--sigma",
      paramLabel = "X",
      split = ",",
      defaultValue = "0.2,0.3,0.4",
      description = "noise levels (" + DEFAULT + ")")
  List<Double> sigmas;

  @Option(
      names = "--weight",
      paramLabel = "P",
      split = ",",
      defaultValue = "2,4",
      description =
          "the loss is weighted by 1/sigma^P: 2, or 4 for the plain score (" + DEFAULT + ")")
  List<Integer> powers;

  @Option(
      names = "--signs",
      paramLabel = "S",
      split = ",",
      defaultValue = "balanced,positive",
      description = "of the neurons (" + DEFAULT + ")")
  List<Signs> signs;

  @Option(
      names = "--neurons",
      paramLabel = "M",
      defaultValue = "256",
      description = "an even number (" + DEFAULT + ")")
  int neurons;

  @Option(
      names = "--curvature",
      paramLabel = "C",
      defaultValue = "0.5",
      description = "of the curved manifold (" + DEFAULT + ")")
  double curvature;

  @Option(
      names = "--time",
      paramLabel = "T",
      defaultValue = "2",
      description = "longest run, in units of 1/(weight sigma^2) (" + DEFAULT + ")")
  double time;

  @Option(
      names = "--decades",
      paramLabel = "N",
      defaultValue = "2.5",
      description = "a run ends when its mean slope's part has fallen so far (" + DEFAULT + ")")
  double decades;

  @Option(
      names = "--step",
      paramLabel = "H",
      defaultValue = "0.05",
      description = "of the descent, in units of 1/weight, at most 0.1 (" + DEFAULT + ")")
  double step;

  @Option(
      names = "--batch",
      paramLabel = "B",
      defaultValue = "256",
      description = "rows of a gradient where it is not exact (" + DEFAULT + ")")
  int batch;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      defaultValue = "0",
      description = "of mean-field Langevin noise: the floor that it leaves (" + DEFAULT + ")")
  double temperature;

  @Option(
      names = "--repeats",
      paramLabel = "R",
      defaultValue = "3",
      description = "initialisations of each row, for the intervals (" + DEFAULT + ")")
  int repeats;

  @Override
  public Integer call() throws IOException {
    check();
    List<List<Setting>> rows = rows();
    List<Repeats> found = new ArrayList<>();
    TerminalProgress progress = new TerminalProgress(experiment.words(), _ -> {});
    try (Device device = experiment.openDevice()) {
      progress.begin("flows", "rows", 0, rows.size());
      for (List<Setting> row : rows) {
        found.add(new Repeats(row.stream().map(s -> Course.of(device, s, time, decades)).toList()));
        progress.advance(found.size());
      }
      progress.end();
      experiment.report(AlignmentFindings.of(found), device.description());
    }
    return 0;
  }

  private void check() {
    if (repeats < 1 || repeats > 100)
      throw new UserException("--repeats %d: from 1 to 100".formatted(repeats));
    if (!(time > 0 && time <= 1000))
      throw new UserException("--time %s: above 0, to 1000 at most".formatted(time));
    if (!(decades > 0 && decades <= 6)) // f32 carries no more
    throw new UserException("--decades %s: above 0, to 6 at most".formatted(decades));
    if (activations.equals(List.of(Activation.IDENTITY)) && !shapes.contains(Shape.LINEAR))
      throw new UserException("--activation identity cannot bend: add --manifold linear");
  }

  /** The settings of each row, one for each initialisation. */
  private List<List<Setting>> rows() {
    List<List<Setting>> rows = new ArrayList<>();
    for (Activation activation : activations)
      for (Shape shape : shapes) {
        if (activation == Activation.IDENTITY && shape != Shape.LINEAR) continue;
        for (Signs sign : signs)
          for (int power : powers)
            for (int k : intrinsic)
              for (int d : ambient)
                for (double sigma : sigmas)
                  rows.add(
                      IntStream.range(0, repeats)
                          .mapToObj(i -> setting(shape, activation, sign, power, k, d, sigma, i))
                          .toList());
      }
    return rows;
  }

  private Setting setting(
      Shape shape,
      Activation activation,
      Signs sign,
      int power,
      int k,
      int d,
      double sigma,
      int repeat) {
    int seed = experiment.seed() + repeat;
    Manifold manifold =
        switch (shape) {
          case LINEAR -> new CurvedGaussian(k, d, 0, seed);
          case SPHERE -> new Sphere(k, d, Math.sqrt(k + 1), seed);
          case CURVED -> new CurvedGaussian(k, d, curvature, seed);
        };
    return new Setting(
        manifold, activation, sign, neurons, sigma, power, temperature, step, batch, seed);
  }
}
