package dev.sild.rivals;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** One run of {@link OnnxRuntime}. */
final class OnnxMain {
  private static final List<Integer> ROWS = List.of(Job.SAMPLES, 1024, 256);
  private static final int TRIAL_STEPS = 2;

  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final Job job;
  private final int threads;
  private float last;

  private OnnxMain(Job job, int threads) {
    this.job = job;
    this.threads = threads;
  }

  /** A graph that draws rows at a time. */
  private record Chain(OrtSession session, OnnxTensor start, int rows) {}

  /** Job, threads, seconds. */
  public static void main(String[] words) throws OrtException {
    new OnnxMain(Job.of(words[0]), Integer.parseInt(words[1])).time(Double.parseDouble(words[2]));
    System.exit(0); // its threads would keep the process
  }

  private void time(double seconds) throws OrtException {
    Plan plan = Plan.of(job);
    List<Chain> trials = new ArrayList<>();
    for (int rows : ROWS) trials.add(chain(plan.first(TRIAL_STEPS), rows));
    int rows = Stopwatch.fastest(trials, this::draw).rows;
    Chain chain = chain(plan, rows);
    double trajectory = Stopwatch.median(seconds, () -> draw(chain));
    if (!Float.isFinite(last)) throw new IllegalStateException("it computed " + last);
    Jvm.print(
        Job.SAMPLES / trajectory,
        "onnxruntime " + environment.getVersion(),
        rows + " rows at a time");
  }

  private Chain chain(Plan plan, int rows) throws OrtException {
    OrtSession.SessionOptions options = new OrtSession.SessionOptions();
    options.setIntraOpNumThreads(threads);
    options.setInterOpNumThreads(1);
    options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
    OrtSession session = environment.createSession(OnnxModel.of(job, plan, rows), options);
    FloatBuffer x =
        ByteBuffer.allocateDirect(rows * job.dimension() * Float.BYTES)
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
    Random random = new Random(1);
    for (int i = 0; i < x.capacity(); i++) x.put(i, (float) (random.nextGaussian() * plan.start()));
    long[] shape = {rows, job.dimension()};
    return new Chain(session, OnnxTensor.createTensor(environment, x, shape), rows);
  }

  private void draw(Chain chain) {
    for (int row = 0; row < Job.SAMPLES; row += chain.rows)
      try (OrtSession.Result result = chain.session.run(Map.of(OnnxModel.INPUT, chain.start))) {
        last = ((OnnxTensor) result.get(0)).getFloatBuffer().get(0);
      } catch (OrtException e) {
        throw new IllegalStateException(e.getMessage(), e);
      }
  }
}
