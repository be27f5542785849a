package dev.sild.theory.regimes;

import java.util.stream.IntStream;
import org.apache.commons.math3.optim.MaxEval;
import org.apache.commons.math3.optim.nonlinear.scalar.GoalType;
import org.apache.commons.math3.optim.univariate.BrentOptimizer;
import org.apache.commons.math3.optim.univariate.SearchInterval;
import org.apache.commons.math3.optim.univariate.UnivariateObjectiveFunction;

/**
 * Information that y = φ(F z) + σ ξ holds of z ~ N(0, I_p), per coordinate of y, F (d, p) of
 * independent N(0, gain²/p), p = βd, d → ∞, in nats: the replica-symmetric formula of a generalised
 * linear model, which is exact here (Barbier, Krzakala, Macris, Miolane, Zdeborová 2019). As z → x
 * = φ(F z) → y, it is I(x; y) too.
 *
 * <p>Their free entropy sup_q inf_r {ψ(r) + Ψ(q)/β − rq/2} has for a Gaussian prior ψ = ½(r − ln(1
 * + r)), so r = q/(1 − q), and
 *
 * <pre>I/d = min_q { −(β/2)(q + ln(1 − q)) + I(w; y | v) },   y = φ(gain (√q v + √(1−q) w)) + σ ξ,
 * </pre>
 *
 * with v, w, ξ standard normal: q is the overlap of the posterior, the last term what y tells of w.
 *
 * @param phi φ
 */
record ReplicaInformation(Nonlinearity phi, double gain, double beta) {
  private static final int ORDER = 8; // nodes on a panel
  private static final double WIDEST = 3; // panels: in w, and in units of σ
  private static final double TAIL = 7; // standard deviations of ξ
  private static final double LOWEST = -8; // ln q/(1−q)

  /** I/d at σ. */
  double at(double sigma) {
    // an overlap beyond would need more information of z than d observations hold
    double highest = 3 + 2 * Math.log1p(1 / beta) - Math.min(0, 2 * Math.log(sigma / gain));
    return new BrentOptimizer(1e-3, 1e-3) // the value's error is of second order
        .optimize(
            new UnivariateObjectiveFunction(x -> potential(x, sigma)),
            GoalType.MINIMIZE,
            new SearchInterval(LOWEST, highest),
            new MaxEval(200))
        .getValue();
  }

  /** What is minimised, at x = ln q/(1 − q). */
  double potential(double x, double sigma) {
    double q = 1 / (1 + Math.exp(-x));
    double left = 1 / (1 + Math.exp(x)); // 1 − q
    return -beta / 2 * (q + Math.log(left)) + channel(q, left, sigma);
  }

  /** I(w; y | v) = E_v h(y | v) − h(σ ξ). */
  private double channel(double q, double left, double sigma) {
    double noise = 0.5 * Math.log(2 * Math.PI * Math.E * sigma * sigma);
    double near = 6 * Math.sqrt(left / q); // a break of φ is seen by v up to there
    NormalRule rule =
        phi.breaks().length == 0
            ? NormalRule.of(2 * ORDER, NormalRule.REACH, 0)
            : NormalRule.of(2 * ORDER, NormalRule.REACH, -near, 0, near);
    double[] entropies =
        IntStream.range(0, rule.nodes().length)
            .parallel()
            .mapToDouble(i -> {
              double v = rule.nodes()[i];
              if (phi.odd() && v < 0) return 0; // as −v
              double weight = rule.weights()[i] * (phi.odd() ? 2 : 1);
              return weight * (entropy(Math.sqrt(q) * v, Math.sqrt(left), sigma) - noise);
            })
            .toArray();
    double sum = 0;
    for (double entropy : entropies) sum += entropy;
    return sum;
  }

  /** h(y) of y = φ(gain (centre + spread w)) + σ ξ. */
  private double entropy(double centre, double spread, double sigma) {
    double[] breaks = phi.breaks();
    for (int i = 0; i < breaks.length; i++) breaks[i] = (breaks[i] / gain - centre) / spread;
    double scale = phi.discrete() ? 0 : gain * spread / sigma; // of φ's slope, in units of σ
    NormalRule w = NormalRule.of(ORDER, WIDEST / Math.max(1, scale), breaks);
    double[] u = new double[w.nodes().length];
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (int j = 0; j < u.length; j++) {
      u[j] = phi.apply(gain * (centre + spread * w.nodes()[j]));
      low = Math.min(low, u[j]);
      high = Math.max(high, u[j]);
    }
    NormalRule y =
        NormalRule.legendre(ORDER, WIDEST * sigma, low - TAIL * sigma, high + TAIL * sigma);
    double sum = 0;
    for (int i = 0; i < y.nodes().length; i++) {
      double density = density(y.nodes()[i], u, w.weights(), sigma);
      if (density > 0) sum -= y.weights()[i] * density * Math.log(density);
    }
    return sum;
  }

  private static double density(double y, double[] u, double[] weights, double sigma) {
    double sum = 0;
    for (int j = 0; j < u.length; j++) {
      double z = (y - u[j]) / sigma;
      if (z * z < 2 * TAIL * TAIL) sum += weights[j] * Math.exp(-0.5 * z * z);
    }
    return sum / (Math.sqrt(2 * Math.PI) * sigma);
  }
}
