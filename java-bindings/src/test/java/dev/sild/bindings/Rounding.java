package dev.sild.bindings;

/**
 * The arithmetic in which a reference is evaluated: exact for our purposes, or as plain sequential
 * f32 code would. Rounding a double result of two floats once more to f32 gives the f32 result of
 * +, −, ·, / and √ (53 ≥ 2·24 + 2 bits), so one reference serves for both. The last three are f32
 * but for their products, whose operands are rounded first: see {@link Precision}.
 */
enum Rounding {
  DOUBLE,
  SINGLE,
  BF16X3,
  TF32,
  BF16;

  /** How products are rounded at this precision. */
  static Rounding of(Precision precision) {
    return switch (precision) {
      case F32 -> BF16X3;
      case F32_STRICT -> SINGLE;
      case TF32 -> TF32;
      case BF16 -> BF16;
    };
  }

  /** The value of one operation. */
  double r(double exact) {
    return this == DOUBLE ? exact : (float) exact;
  }

  /** sum + a b, as a product adds it up. */
  double product(double sum, double a, double b) {
    return switch (this) {
      case DOUBLE, SINGLE -> r(sum + r(a * b));
      case BF16X3 -> {
        double aHigh = bf16(a);
        double bHigh = bf16(b);
        double low = r(r(sum + bf16(a - aHigh) * bHigh) + aHigh * bf16(b - bHigh));
        yield r(low + aHigh * bHigh);
      }
      case TF32 -> r(sum + tf32(a) * tf32(b));
      case BF16 -> r(sum + bf16(a) * bf16(b));
    };
  }

  /** 1/(1 + e^{−u}). */
  double sigmoid(double u) {
    return r(1 / r(1 + r(Math.exp(-u))));
  }

  /** The nearest f32 with 7 bits after the point; of two, the even one. */
  private static double bf16(double x) {
    int bits = Float.floatToRawIntBits((float) x);
    return Float.intBitsToFloat((bits + 0x7fff + (bits >>> 16 & 1)) & 0xffff0000);
  }

  /** The nearest f32 with 10 bits after the point; of two, the larger in magnitude. */
  private static double tf32(double x) {
    return Float.intBitsToFloat((Float.floatToRawIntBits((float) x) + 0x1000) & 0xffffe000);
  }
}
