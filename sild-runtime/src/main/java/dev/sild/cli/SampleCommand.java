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
import java.util.Arrays;
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
      description =
          "FILE.npy (all numbers), FILE.png (a picture, of molecules their structures) or FILE.smi"
              + " (of molecules a line each: SMILES, name, and whether it is valid)")
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
    ArrayFile.require(out);
    Interrupt.waitForThisThread();
    try (Device device = common.openDevice();
        Model model = Model.load(run, device)) {
      ArrayFile file = ArrayFile.of(out, model.contents().space(), count);
      RunConfig.Sampling sampling = sampling(model.config().sampling());
      Condition asked = condition.of(model);
      long begun = System.nanoTime();
      float[] line =
          condition.interpolates()
              ? condition.line(model, count, () -> ends(model, sampling))
              : null;
      for (int at = 0; at < count; at += file.chunk()) {
        int rows = Math.min(file.chunk(), count - at);
        float[] samples = new float[rows * model.dimension()];
        if (line == null) draw(model, samples, sampling, asked, at);
        else decode(model, samples, line, at);
        file.take(samples, at, rows);
      }
      double seconds = (System.nanoTime() - begun) * 1e-9;
      file.write();
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

  private void draw(
      Model model, float[] samples, RunConfig.Sampling sampling, Condition asked, int first) {
    model.sample(
        MemorySegment.ofArray(samples),
        sampling.solver(),
        sampling.levels(),
        asked,
        Common.seed(seed),
        first,
        Interrupt::happened);
  }

  private static void decode(Model model, float[] samples, float[] latents, int first) {
    int z = model.latent();
    int rows = samples.length / model.dimension();
    float[] some = Arrays.copyOfRange(latents, first * z, (first + rows) * z);
    model.decode(MemorySegment.ofArray(samples), MemorySegment.ofArray(some));
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
