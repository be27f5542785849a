package dev.sild.cli;

import dev.sild.UserException;
import dev.sild.bindings.Device;
import dev.sild.sampling.Schedule;
import dev.sild.sild.Condition;
import dev.sild.sild.Model;
import dev.sild.sild.RunConfig;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sample}: draws. */
@Command(name = "sample", description = "Draws samples of a trained run.")
final class SampleCommand implements Callable<Integer> {
  @Mixin Common common;

  @Parameters(paramLabel = "RUN", description = "run directory, or a model.safetensors")
  Path run;

  @Option(names = "--count", paramLabel = "N", required = true, description = "how many")
  int count;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = "FILE.npy (all numbers) or FILE.png (a picture)")
  Path out;

  @Option(
      names = "--steps",
      paramLabel = "K",
      description = "denoiser evaluations inside the schedule (default: the preset's)")
  Integer evaluations;

  @Option(
      names = "--sampler",
      paramLabel = "NAME",
      description = "em, ancestral, ddim, heun, dpmpp2m, pc or ode (default: the preset's)")
  String sampler;

  @Option(
      names = "--sde",
      paramLabel = "VARIABLE",
      description = "in which em steps: ve, vp or subvp (default: the preset's, ve for --sampler)")
  String sde;

  @Option(
      names = "--schedule",
      paramLabel = "NAME",
      description = "edm, logsnr, cosine or a FILE.txt of levels (default: the preset's)")
  String schedule;

  @Mixin ConditionOptions condition;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "sample i is a function of the seed and i (default: ${DEFAULT-VALUE})")
  long seed;

  @Override
  public Integer call() throws IOException {
    if (count < 1) throw new UserException("--count %d: draw at least one".formatted(count));
    ArrayFile.Kind kind = ArrayFile.kind(out);
    Interrupt.waitForThisThread();
    try (Device device = common.openDevice();
        Model model = Model.load(run, device)) {
      ArrayFile.requireImage(kind, model.contents().space().image());
      RunConfig.Sampling sampling = sampling(model.config().sampling());
      if ((long) count * model.dimension() > Integer.MAX_VALUE - 16)
        throw new UserException(
            "--count %d of dimension %d is too much for one file"
                .formatted(count, model.dimension()));
      Condition asked = condition.of(model);
      long begun = System.nanoTime();
      float[] samples =
          condition.interpolates()
              ? condition.interpolate(model, count, () -> ends(model, sampling))
              : draw(model, sampling, asked);
      double seconds = (System.nanoTime() - begun) * 1e-9;
      ArrayFile.write(out, kind, samples, count, model.contents().space().image());
      common
          .words()
          .println(
              "%d samples in %.2f s (%.0f a second): %s"
                  .formatted(count, seconds, count / seconds, out));
      common.print(
          Map.of(
              "out",
              out.toString(),
              "count",
              count,
              "seconds",
              seconds,
              "sampler",
              sampling.sampler(),
              "schedule",
              sampling.schedule(),
              "evaluations",
              sampling.evaluations() + 1));
    }
    return 0;
  }

  private float[] draw(Model model, RunConfig.Sampling sampling, Condition asked) {
    float[] samples = new float[count * model.dimension()];
    model.sample(
        MemorySegment.ofArray(samples),
        sampling.solver(),
        sampling.levels(),
        asked,
        Common.seed(seed),
        0,
        Interrupt::happened);
    return samples;
  }

  /** Latents of the seed's first two samples. */
  private float[] ends(Model model, RunConfig.Sampling sampling) {
    float[] z = new float[2 * model.latent()];
    model.sampleLatents(
        MemorySegment.ofArray(z), sampling, Common.seed(seed), 0, Interrupt::happened);
    return z;
  }

  private RunConfig.Sampling sampling(RunConfig.Sampling preset) {
    String solver = sampler == null ? preset.sampler() : sampler;
    String variable = sde != null ? sde : sampler == null ? preset.sde() : "ve";
    String family = schedule == null ? preset.schedule() : schedule;
    int budget = evaluations == null ? preset.evaluations() : evaluations;
    if (budget < 1)
      throw new UserException("--steps %d: at least one evaluation".formatted(budget));
    if (evaluations != null && Schedule.isFile(family))
      throw new UserException("--steps: the file %s says how many".formatted(family));
    var sampling =
        new RunConfig.Sampling(
            solver, variable, family, budget, preset.sigmaMin(), preset.sigmaMax());
    return sampling.withEvaluations(sampling.solver().plan(sampling.levels()).size());
  }
}
