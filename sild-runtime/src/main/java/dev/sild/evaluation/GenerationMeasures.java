package dev.sild.evaluation;

/** How near samples of a model come to held-out data, as the data's preset measures it. */
public sealed interface GenerationMeasures extends AutoCloseable
    permits ImageMeasures, MoleculeMeasures, PictureMeasures, VectorMeasures {

  /**
   * What was drawn.
   *
   * @param first (n, D), the first samples, as many as further measures look at
   * @param seconds that drawing took
   */
  record Drawn(float[] first, double seconds) {}

  /** The name of the figure to choose by, smaller being better; null where there is none. */
  String headline();

  /** Draws, and writes the figures of what was drawn. */
  Drawn measure(Measures.Builder out, Draws draws);

  /** Nearest training neighbours of the first samples against those of held-out data. */
  void memorisation(Measures.Builder out, float[] first);

  @Override
  void close();
}
