package dev.sild.bindings;

/** What a linear layer applies to its product. */
public enum Activation {
  IDENTITY,
  /** u/(1 + e^{−u}). */
  SILU
}
