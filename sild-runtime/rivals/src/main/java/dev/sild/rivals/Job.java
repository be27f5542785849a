package dev.sild.rivals;

import java.util.Arrays;
import java.util.List;
import picocli.CommandLine.TypeConversionException;

/** What is timed. The same sizes for every program. */
enum Job {
  /** Steps of a network for vectors of 64 numbers; the next two for more. */
  TRAIN64("train64", 64),
  TRAIN784("train784", 784),
  TRAIN2352("train2352", 2352),
  /** Trajectories of a plain network: 64 numbers and σ → 512, 512, 512 → 64. */
  SAMPLE("sample", 64),
  /** Trajectories of SiLD's latent network: kernels/maths/mlp_sampler.h, one block. */
  SAMPLE_LATENT("sample-latent", 64),
  /** One 3 × 3 convolution, forward and backward: 64 channels of 32 × 32; then 16 × 16, 8 × 8. */
  CONV64("conv64", 64),
  CONV128("conv128", 128),
  CONV256("conv256", 256);

  /** Rows of a training step. */
  static final int BATCH = 256;

  /** Images of a convolution. */
  static final int IMAGES = 32;

  /** Rows that a call of a sampling job draws, and its steps. */
  static final int SAMPLES = 4096;

  static final int STEPS = 100;

  /** Hidden columns, and sines and cosines of log σ. */
  static final int WIDTH = 512;

  static final int FEATURES = 64;

  private final String text;
  private final int dimension;

  Job(String text, int dimension) {
    this.text = text;
    this.dimension = dimension;
  }

  /** Columns of the data, or channels. */
  int dimension() {
    return dimension;
  }

  /** Of a convolution's images: as many pixels of fewer channels, or fewer of more. */
  int side() {
    return 2048 / dimension;
  }

  boolean convolves() {
    return text.startsWith("conv");
  }

  boolean trains() {
    return text.startsWith("train");
  }

  /** The job of this name. */
  static Job of(String name) {
    for (Job job : values()) if (job.text.equals(name)) return job;
    throw new TypeConversionException(
        "no job %s: choose of %s".formatted(name, String.join(", ", names())));
  }

  static List<String> names() {
    return Arrays.stream(values()).map(Job::toString).toList();
  }

  @Override
  public String toString() {
    return text;
  }
}
