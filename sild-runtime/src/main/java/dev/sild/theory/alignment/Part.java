package dev.sild.theory.alignment;

/** What is seen to decay. */
public enum Part {
  /** All of the risk across the manifold. */
  NORMAL("normal part"),
  /** What {@link MeanSlope} has in it. */
  SLOPE("mean slope");

  private final String words;

  Part(String words) {
    this.words = words;
  }

  @Override
  public String toString() {
    return words;
  }
}
