package dev.sild.theory.regimes;

import dev.sild.UserException;

/** F of a hidden manifold x = φ(F z), F: R^p → R^d, with its normalisation; β = p/d. */
public enum FeatureMap {
  /** Orthonormal columns. */
  ISOMETRIC("isometric", "isometric"),
  /** Independent N(0, 1/d): nearly isometric, F z has variance β in a coordinate. */
  GAUSSIAN_D("gaussian-d", "Gaussian, 1/√d"),
  /** Independent N(0, 1/p): F z has variance 1 in a coordinate. */
  GAUSSIAN_P("gaussian-p", "Gaussian, 1/√p");

  private final String label;
  private final String words;

  FeatureMap(String label, String words) {
    this.label = label;
    this.words = words;
  }

  /** The one of a name. */
  public static FeatureMap of(String name) {
    for (FeatureMap each : values()) if (each.label.equals(name)) return each;
    throw new UserException(
        "no map %s: choose of isometric, gaussian-d, gaussian-p".formatted(name));
  }

  /** As the command line writes it. */
  public String label() {
    return label;
  }

  /** For people. */
  public String words() {
    return words;
  }

  /** Standard deviation of a coordinate of F z, z ~ N(0, I). */
  public double gain(double beta) {
    return this == GAUSSIAN_P ? 1 : Math.sqrt(beta);
  }
}
