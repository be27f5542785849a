package dev.sild.rivals;

import org.bytedeco.pytorch.Context;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.DeviceType;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** One run of {@link Libtorch}. */
final class TorchMain {
  private static final int SEED = 1;

  private TorchMain() {}

  /** Job, way, precision, threads, seconds. */
  public static void main(String[] words) {
    Job job = Job.of(words[0]);
    Libtorch.Way way = Libtorch.Way.valueOf(words[1]);
    boolean bf16 = words[2].equals("bf16");
    double seconds = Double.parseDouble(words[4]);
    torch.set_num_threads(Integer.parseInt(words[3]));
    torch.manual_seed(SEED);
    Context.setFlushDenormal(true);
    torch.set_autocast_dtype(DeviceType.CPU, ScalarType.BFloat16);
    if (way == Libtorch.Way.MEDIUM) torch.globalContext().setFloat32MatmulPrecision("medium");
    if (job.trains()) train(job, way, bf16 && way != Libtorch.Way.MEDIUM, seconds);
    else if (job.convolves()) convolve(job, way, bf16, seconds);
    else sample(job, way, bf16, seconds);
    System.exit(0); // its threads would keep the process
  }

  private static void train(Job job, Libtorch.Way way, boolean cast, double seconds) {
    TorchTraining training = new TorchTraining(job.dimension(), way, cast);
    Stopwatch.median(seconds, training::step);
    double step = Stopwatch.median(seconds, training::step);
    requireFinite(training.loss());
    Jvm.print(Job.BATCH / step, version(), cast ? "bf16 by automatic casts" : "");
  }

  private static void convolve(Job job, Libtorch.Way way, boolean bf16, double seconds) {
    TorchConvolution convolution = new TorchConvolution(job, way, bf16);
    Stopwatch.median(seconds, convolution::step);
    double step = Stopwatch.median(seconds, convolution::step);
    requireFinite(convolution.output());
    Jvm.print(Job.IMAGES / step, version(), convolution.form());
  }

  private static void sample(Job job, Libtorch.Way way, boolean bf16, double seconds) {
    TorchSampling sampling = new TorchSampling(job, way, bf16);
    double trajectory = Stopwatch.median(seconds, sampling::draw);
    requireFinite(sampling.mean());
    Jvm.print(Job.SAMPLES / trajectory, version(), sampling.form());
  }

  private static void requireFinite(double value) {
    if (!Double.isFinite(value)) throw new IllegalStateException("it computed " + value);
  }

  private static String version() {
    return "libtorch %s with MKL".formatted(torch.class.getPackage().getImplementationVersion());
  }
}
