package dev.sild.bindings;

import java.util.List;

/**
 * One evaluation of the denoiser and the update that follows: D = cSkip y + cOut F(cIn y), x' = a x
 * + b D + c D_prev + s z, D_prev ← D. y is x, unless the evaluation before kept x back.
 *
 * @param s of a standard normal z; 0 draws nothing
 * @param keep x stays, and x' is only what the next evaluation looks at: the first stage of a
 *     two-stage step
 * @param step which step of the trajectory draws z, below 2²⁴
 */
public record PlanRow(
    double cIn,
    double cSkip,
    double cOut,
    double a,
    double b,
    double c,
    double s,
    boolean keep,
    int step) {

  /** Columns of a plan. */
  public static final int COLUMNS = 9;

  /** The plan for {@link Stream#mlpSampler}: (evaluations, {@value #COLUMNS}) f32. */
  public static float[] table(List<PlanRow> rows) {
    float[] table = new float[rows.size() * COLUMNS];
    int at = 0;
    for (PlanRow e : rows) {
      double[] row = {e.cIn, e.cSkip, e.cOut, e.a, e.b, e.c, e.s, e.keep ? 1 : 0, e.step};
      for (double value : row) table[at++] = (float) value;
    }
    return table;
  }
}
