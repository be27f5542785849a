package dev.sild.bindings;

/** What a random feature applies to u = scale · ⟨w, x⟩. */
public enum RandomFeature {
  /**
   * √2 cos(u + 2π·phase): over features, the mean of products tends to the Gaussian kernel
   * exp(−scale² ‖x − y‖²/2) (Rahimi and Recht 2007).
   */
  COSINE,
  /** max(0, u): the arc-cosine kernel of order 1 (Cho and Saul 2009). */
  RELU,
  /** u/(1 + e^{−u}). */
  SILU,
  TANH
}
