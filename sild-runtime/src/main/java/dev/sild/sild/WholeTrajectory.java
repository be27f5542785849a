package dev.sild.sild;

import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.MlpShape;
import dev.sild.bindings.Noise;
import dev.sild.bindings.PlanRow;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Step;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.diffusion.LatentNetwork;
import dev.sild.diffusion.LatentPerceptron;
import dev.sild.diffusion.Precondition;
import dev.sild.sampling.Evaluation;
import dev.sild.sampling.Sampler;
import dev.sild.sampling.Schedule;
import java.util.ArrayList;
import java.util.List;

/**
 * The reverse process of many samples in one launch: {@link Stream#mlpSampler} on the latent
 * network of a session. Owns the memory that it needs beside the session's.
 */
final class WholeTrajectory implements ReverseProcess {
  /** Samples of a launch: enough to fill a large GPU with tiles of 64. */
  private static final int ROWS = 8192;

  private final Session session;
  private final MlpShape shape;
  private final double start;
  private final Noise noise;
  private final MemoryPlan memory = new MemoryPlan("whole trajectory");
  private final Slot x;
  private final Slot packed;
  private final Slot modulation;
  private final Slot plan;
  private final Slot at;

  WholeTrajectory(Device device, Session session, Sampler sampler, Schedule schedule, Noise noise) {
    this.session = session;
    this.start = schedule.first();
    this.noise = noise;
    List<Evaluation> evaluations = sampler.whole(schedule);
    LatentPerceptron network = (LatentPerceptron) session.denoiser();
    shape = network.shape();
    int levels = evaluations.size();
    x = memory.add("x", ROWS, shape.latent());
    packed = memory.add("packed", DType.U8, session.stream().mlpPackedBytes(shape));
    modulation = memory.add("modulation", levels, shape.blocks(), shape.width());
    plan = memory.add("plan", levels, PlanRow.COLUMNS);
    at = memory.add("at", DType.U8, Step.BYTES);
    Slot sigma = memory.add("sigma", levels);
    memory.allocate(device);
    try {
      prepare(evaluations, network, sigma.view());
    } catch (RuntimeException e) {
      memory.close();
      throw e;
    }
  }

  private void prepare(List<Evaluation> evaluations, LatentPerceptron network, View sigma) {
    float[] sigmas = new float[evaluations.size()];
    for (int i = 0; i < sigmas.length; i++) sigmas[i] = (float) evaluations.get(i).sigma();
    sigma.write(sigmas);
    plan.view().write(PlanRow.table(rows(evaluations)));
    modulation.view().write(network.modulations(session.stream(), sigma));
    session.stream().packMlp(packed.view(), network.weights());
  }

  /** Whether the session's stream does so many evaluations faster this way. */
  static boolean pays(Session session, int evaluations) {
    return session.denoiser() instanceof LatentPerceptron network
        && network.shape() != null
        && evaluations <= session.rows() // the rows that the network's embedding has room for
        && session.stream().prefersMlpSampler(network.shape());
  }

  @Override
  public int rows() {
    return ROWS;
  }

  @Override
  public float[] sample(long firstSample, int rows) {
    Stream stream = session.stream();
    View z = x.view().first(rows);
    Step.at(firstSample).writeTo(stream, at.view());
    stream.mlpSampler(
        z, packed.view(), shape, modulation.view(), plan.view(), start, noise, at.view());
    return z.floats();
  }

  private static List<PlanRow> rows(List<Evaluation> evaluations) {
    List<PlanRow> rows = new ArrayList<>();
    for (Evaluation e : evaluations) {
      Precondition c = Precondition.of(e.sigma(), LatentNetwork.SIGMA_DATA);
      rows.add(
          new PlanRow(
              c.cIn(), c.cSkip(), c.cOut(), e.a(), e.b(), e.c(), e.s(), e.stage(), rows.size()));
    }
    return rows;
  }

  @Override
  public void close() {
    memory.close();
  }
}
