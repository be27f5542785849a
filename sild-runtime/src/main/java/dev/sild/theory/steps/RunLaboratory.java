package dev.sild.theory.steps;

import dev.sild.UserException;
import dev.sild.data.DataSet;
import dev.sild.evaluation.Draws;
import dev.sild.evaluation.ErrorCurve;
import dev.sild.evaluation.Evaluation;
import dev.sild.evaluation.GenerationMeasures;
import dev.sild.evaluation.Measures;
import dev.sild.sampling.Sampler;
import dev.sild.sampling.Schedule;
import dev.sild.sild.Model;
import dev.sild.sild.RunConfig;
import java.util.Map;

/**
 * A trained model in the space of its standardised latents: the error curve of its averaged weights
 * on held-out data, and the preset's own measures of what it draws. Curves of part 0 come from one
 * half of the held-out data; those of part 1, and the data that samples are compared with, from the
 * other.
 */
public final class RunLaboratory implements Laboratory {
  private final String name;
  private final Evaluation[] halves;
  private final int samples;
  private final GenerationMeasures measures;
  private final double secondMoment;

  /**
   * @param samples drawn for each measurement
   * @throws UserException if the model's draws take no steps
   */
  public RunLaboratory(String name, Evaluation evaluation, int samples) {
    if (!evaluation.model().config().method().diffuses())
      throw new UserException(
          "%s draws from a Gaussian mixture: it takes no steps".formatted(name));
    this.name = name;
    this.samples = samples;
    DataSet data = evaluation.data();
    halves = new Evaluation[] {evaluation.on(data.half(0)), evaluation.on(data.half(1))};
    double squares = 0;
    for (float z : halves[1].latentSamples(samples)) squares += (double) z * z;
    secondMoment = squares / samples;
    measures = halves[1].generation();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int dimension() {
    return halves[1].model().latent();
  }

  @Override
  public double secondMoment() {
    return secondMoment;
  }

  @Override
  public DenoisingCurve curve(double sigmaMax, double sigmaMin, int levels, int count, int part) {
    double[] sigmas = ErrorCurve.levels(sigmaMin, sigmaMax, levels);
    return DenoisingCurve.of(halves[part].latentCurve(sigmas, count, part));
  }

  @Override
  public String headline() {
    return measures.headline();
  }

  @Override
  public double floor() {
    return Double.NaN;
  }

  @Override
  public Quality measure(Sampler sampler, Schedule schedule) {
    Evaluation of = halves[1];
    Model model = of.model();
    Draws draws =
        new Draws(model, sampler, schedule, samples, of.seed(), of.progress(), of.cancelled());
    Measures.Builder out = new Measures.Builder();
    double seconds = measures.measure(out, draws).seconds();
    return new Quality(out.metrics(), samples / seconds);
  }

  /** Whether samples by the model's own sampler lie nearer to training data than held-out data. */
  public Map<String, Double> memorisation() {
    Evaluation of = halves[1];
    Model model = of.model();
    RunConfig.Sampling own = model.config().sampling();
    int count = Math.max(1, model.config().evaluation().neighbours());
    float[] drawn = new float[count * model.dimension()];
    new Draws(model, own.solver(), own.levels(), count, of.seed(), of.progress(), of.cancelled())
        .each(
            (rows, at, _) -> System.arraycopy(rows, 0, drawn, at * model.dimension(), rows.length));
    Measures.Builder out = new Measures.Builder();
    measures.memorisation(out, drawn);
    return out.metrics();
  }

  @Override
  public void close() {
    measures.close();
  }
}
