package dev.sild.cli;

import dev.sild.UserException;
import dev.sild.bindings.Device;
import dev.sild.data.Vectors;
import dev.sild.evaluation.Evaluation;
import dev.sild.evaluation.OnnxDenoiser;
import dev.sild.sild.RunConfig;
import dev.sild.theory.Target;
import dev.sild.theory.steps.Laboratory;
import dev.sild.theory.steps.RunLaboratory;
import dev.sild.theory.steps.VectorLaboratory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What {@code steps} looks at: one of a run, a law and a user's denoiser. */
final class StepsSubject {
  @Parameters(paramLabel = "RUN", description = "run directory", arity = "0..1")
  Path run;

  @Option(
      names = "--target",
      paramLabel = "LAW",
      description =
          "a law whose denoiser is exact: mixture:components=16,d=64,v=0.01,scale=1 or"
              + " hypercube:d=8 or the rows of FILE.npy")
  String law;

  @Option(
      names = "--denoiser",
      paramLabel = "FILE.onnx",
      description = "a denoiser of your own: x (N, d) and sigma (N) to D(x; sigma); needs --data")
  Path denoiser;

  /** These options as words of a command. */
  String command() {
    return run != null
        ? run.toString()
        : law != null ? "--target " + law : "--denoiser " + denoiser;
  }

  /** Where results go by default. */
  Path folder() {
    return run != null ? run.resolve("steps") : Path.of("runs", "steps");
  }

  /**
   * A laboratory and all that it works on.
   *
   * @param target the law, or null
   * @param byLabel the same stepped in σ̃, or null
   * @param sigmaMax where its schedules begin by default, and end
   */
  record Opened(
      Laboratory laboratory,
      Laboratory byLabel,
      Target target,
      double sigmaMax,
      double sigmaMin,
      Deque<AutoCloseable> owned)
      implements AutoCloseable {
    @Override
    public void close() {
      for (AutoCloseable each : owned)
        try {
          each.close();
        } catch (Exception e) {
          throw new IllegalStateException(e);
        }
    }
  }

  /** Opens it. */
  Opened open(Device device, Path data, int samples, int seed, TerminalProgress progress)
      throws IOException {
    if (data != null && law != null) throw new UserException("--data: a law needs none");
    Deque<AutoCloseable> owned = new ArrayDeque<>();
    try {
      return run != null
          ? run(owned, device, data, samples, seed, progress)
          : law != null
              ? law(owned, device, samples, seed)
              : denoiser(owned, device, data, samples, seed);
    } catch (Throwable e) {
      new Opened(null, null, null, 0, 0, owned).close();
      throw e;
    }
  }

  private static <T extends AutoCloseable> T own(Deque<AutoCloseable> owned, T resource) {
    owned.push(resource);
    return resource;
  }

  private Opened law(Deque<AutoCloseable> owned, Device device, int samples, int seed) {
    Target target = TargetOption.of(law);
    Laboratory laboratory = own(owned, VectorLaboratory.exact(device, target, samples, seed));
    Laboratory byLabel =
        target.variance() > 0
            ? own(owned, VectorLaboratory.byLabel(device, target, samples, seed))
            : null;
    return new Opened(laboratory, byLabel, target, 20, 0.05, owned);
  }

  private Opened denoiser(
      Deque<AutoCloseable> owned, Device device, Path data, int samples, int seed) {
    if (data == null)
      throw new UserException(
          "--denoiser needs --data FILE.npy: samples that it was not trained on");
    Vectors rows = Vectors.read(data);
    OnnxDenoiser net;
    try {
      net = own(owned, new OnnxDenoiser(denoiser, rows.dimension(), 1));
    } catch (LinkageError e) {
      throw FeatureOptions.noRuntime(e);
    }
    Laboratory laboratory =
        own(owned, VectorLaboratory.of(device, net.describe(), net, rows, samples, seed));
    return new Opened(laboratory, null, null, 20, 0.05, owned);
  }

  private Opened run(
      Deque<AutoCloseable> owned,
      Device device,
      Path data,
      int samples,
      int seed,
      TerminalProgress progress)
      throws IOException {
    TrainedRun trained = own(owned, TrainedRun.open(run, data, device, seed, progress));
    Evaluation evaluation = trained.evaluation();
    Laboratory laboratory = own(owned, new RunLaboratory(run.toString(), evaluation, samples));
    RunConfig.Sampling own = trained.model().config().sampling();
    return new Opened(laboratory, null, null, own.sigmaMax(), own.sigmaMin(), owned);
  }
}
