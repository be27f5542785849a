package dev.sild.bindings;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** How products are computed. Parameters, activations and sums are f32 in any case. */
public enum Precision {
  /** As f32 to a relative error of 4·10⁻⁶: where tensor units make it faster, as bf16x3. */
  F32,
  /** Plain f32. */
  F32_STRICT,
  /** Operands rounded to 10 bits after the point. */
  TF32,
  /** Operands rounded to 7 bits after the point. */
  BF16;

  /** As in {@code --precision}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * What {@link #label} wrote.
   *
   * @throws DeviceException if there is no such precision
   */
  public static Precision of(String label) {
    for (Precision p : values()) if (p.label().equals(label)) return p;
    throw new DeviceException(
        "no precision %s: choose %s"
            .formatted(
                label,
                Arrays.stream(values()).map(Precision::label).collect(Collectors.joining(", "))));
  }
}
