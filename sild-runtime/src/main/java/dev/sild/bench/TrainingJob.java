package dev.sild.bench;

/** The yardstick networks, named after the coordinates of a sample. */
public enum TrainingJob {
  TRAIN64(64),
  TRAIN784(784),
  TRAIN2352(2352);

  private final int dimension;

  TrainingJob(int dimension) {
    this.dimension = dimension;
  }

  /** D. */
  public int dimension() {
    return dimension;
  }

  /** As in {@code --job}. */
  @Override
  public String toString() {
    return "train" + dimension;
  }
}
