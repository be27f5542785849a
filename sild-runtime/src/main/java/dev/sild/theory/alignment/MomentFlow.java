package dev.sild.theory.alignment;

import dev.sild.network.ConservativeNetwork.Signs;
import java.util.Arrays;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.NormOps_DDRM;

/**
 * The gradient flow solved for a linear activation and x ~ N(0, P), P the projection onto a
 * subspace: no sampling, and no limit of many neurons either.
 *
 * <p>With v_j = (w_j, b_j) the network is a function of M = (1/m) Σ a_j v_j v_jᵀ alone: D(x) = A x
 * + c, A its upper left block, c its last column. The loss is λ [‖(A − I) P‖² + σ² ‖A‖² + ‖c‖²], G
 * its gradient in the symmetric M,
 *
 * <pre>  G_A = λ [A P + P A − 2 P + 2 σ² A],   G_c = λ c,   dv_j/dt = −2 a_j G v_j,</pre>
 *
 * <p>and because a_j² = 1, M and S = (1/m) Σ v_j v_jᵀ are closed:
 *
 * <pre>  dM/dt = −2 (G S + S G),   dS/dt = −2 (G M + M G).</pre>
 *
 * <p>The blocks of A that touch the subspace, and c, relax at rates of order λ. Then, across it, G
 * = 2 λ σ² A_⊥ and dA_⊥/dt = −4 λ σ² (A_⊥ S_⊥ + S_⊥ A_⊥). With balanced signs A_⊥ starts near 0
 * between positive and negative eigenvalues, which neurons of either sign can cancel, while S_⊥
 * stays near E w wᵀ = I: A_⊥ decays like e^{−8λσ²t}, the risk like e^{−16λσ²t}. That is free of σ
 * for λ = 1/σ² and ∝ 1/σ² for λ = 1/σ⁴. With all a_j &gt; 0, M is S: nothing cancels, the neurons
 * can only shrink, and the smaller they are the slower: dA_⊥/dt = −8 λσ² A_⊥², A_⊥ = 1/(1/A_⊥(0) +
 * 8λσ²t), so that the risk falls like 1/t².
 *
 * <p>Langevin noise of temperature T adds 2 T I to dS/dt, and to dM/dt where all a_j &gt; 0: then
 * the neurons cannot shrink below A_⊥² = T/(4λσ²), however many they are. With balanced signs the
 * mean of M is not moved, only its fluctuations of order 1/m are left; they stand in {@link
 * #normal}, as if stationary. Those of positive signs are left out.
 */
public final class MomentFlow {
  private final Setting setting;
  private final int n; // d + 1
  private final DMatrixRMaj projection; // P, bordered by zeros
  private final DMatrixRMaj across; // I − P, bordered by zeros
  private DMatrixRMaj m;
  private DMatrixRMaj s;
  private double time;

  /**
   * From a network's weights.
   *
   * @param weights (m, d)
   * @param biases (m)
   */
  public MomentFlow(Setting setting, float[] weights, float[] biases) {
    if (!setting.exact()) throw new IllegalArgumentException("two moments are not all here");
    this.setting = setting;
    int d = setting.manifold().dimension();
    n = d + 1;
    projection = new DMatrixRMaj(n, n);
    across = new DMatrixRMaj(n, n);
    double[] basis = setting.manifold().tangentBasis(new double[d]);
    for (int i = 0; i < d; i++)
      for (int j = 0; j < d; j++) {
        double p = 0;
        for (int t = 0; t < basis.length; t += d) p += basis[t + i] * basis[t + j];
        projection.set(i, j, p);
        across.set(i, j, (i == j ? 1 : 0) - p);
      }
    s = moment(weights, biases, false);
    m = moment(weights, biases, setting.signs() == Signs.BALANCED);
  }

  private DMatrixRMaj moment(float[] weights, float[] biases, boolean signed) {
    DMatrixRMaj sum = new DMatrixRMaj(n, n);
    int d = n - 1;
    double[] v = new double[n];
    for (int neuron = 0; neuron < biases.length; neuron++) {
      for (int i = 0; i < d; i++) v[i] = weights[neuron * d + i];
      v[d] = biases[neuron];
      double share = (signed && neuron % 2 == 1 ? -1.0 : 1.0) / biases.length;
      for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) sum.add(i, j, share * v[i] * v[j]);
    }
    return sum;
  }

  /** Carries the flow to time t by Runge–Kutta steps of the setting's length at most. */
  public void to(double t) {
    int steps = (int) Math.ceil((t - time) / setting.timeStep() - 1e-9);
    double h = (t - time) / Math.max(1, steps);
    for (int i = 0; i < steps; i++) step(h);
    time = t;
  }

  private void step(double h) {
    DMatrixRMaj[] sum = {m.copy(), s.copy()};
    DMatrixRMaj[] slope = slope(m, s);
    double[] shares = {1, 2, 2, 1};
    for (int stage = 0; stage < 4; stage++) {
      for (int i = 0; i < 2; i++) CommonOps_DDRM.addEquals(sum[i], h * shares[stage] / 6, slope[i]);
      if (stage == 3) break;
      double ahead = stage == 2 ? h : h / 2;
      slope = slope(ahead(m, ahead, slope[0]), ahead(s, ahead, slope[1]));
    }
    m = sum[0];
    s = sum[1];
  }

  private static DMatrixRMaj ahead(DMatrixRMaj a, double h, DMatrixRMaj slope) {
    DMatrixRMaj moved = a.copy();
    CommonOps_DDRM.addEquals(moved, h, slope);
    return moved;
  }

  private DMatrixRMaj[] slope(DMatrixRMaj m, DMatrixRMaj s) {
    DMatrixRMaj g = gradient(m);
    DMatrixRMaj dm = symmetric(g, s);
    DMatrixRMaj ds = symmetric(g, m);
    for (int i = 0; i < n; i++) {
      ds.add(i, i, 2 * setting.temperature());
      if (setting.signs() == Signs.POSITIVE) dm.add(i, i, 2 * setting.temperature());
    }
    return new DMatrixRMaj[] {dm, ds};
  }

  /** −2 (G a + a G). */
  private DMatrixRMaj symmetric(DMatrixRMaj g, DMatrixRMaj a) {
    DMatrixRMaj half = new DMatrixRMaj(n, n);
    CommonOps_DDRM.mult(-2, g, a, half);
    DMatrixRMaj whole = CommonOps_DDRM.transpose(half, null);
    CommonOps_DDRM.addEquals(whole, half);
    return whole;
  }

  private DMatrixRMaj gradient(DMatrixRMaj m) {
    DMatrixRMaj half = new DMatrixRMaj(n, n); // P A, with zeros in the border
    CommonOps_DDRM.mult(projection, m, half);
    DMatrixRMaj g = CommonOps_DDRM.transpose(half, null);
    CommonOps_DDRM.addEquals(g, half);
    double noise = setting.sigma() * setting.sigma();
    int d = n - 1;
    for (int i = 0; i < d; i++) {
      g.set(i, d, m.get(i, d)); // P c is no part of G
      g.set(d, i, m.get(d, i));
      for (int j = 0; j < d; j++) g.add(i, j, 2 * noise * m.get(i, j) - 2 * projection.get(i, j));
    }
    CommonOps_DDRM.scale(setting.weight(), g);
    return g;
  }

  /** E‖(I − P) D(x + σ n)‖². */
  public double normal() {
    return squares(across, false) + fluctuations();
  }

  /** E‖P (D(x + σ n) − x − σ n)‖². */
  public double tangent() {
    return squares(projection, true);
  }

  /** E‖Q (A y + c) − [y]‖², y ~ N(0, P + σ² I); with [y] only where {@code less}. */
  private double squares(DMatrixRMaj q, boolean less) {
    DMatrixRMaj a = new DMatrixRMaj(n, n);
    CommonOps_DDRM.mult(q, m, a);
    int d = n - 1;
    double[] offset = new double[d];
    for (int i = 0; i < d; i++) offset[i] = a.get(i, d);
    for (int i = 0; i < n; i++) a.set(i, d, 0);
    if (less) CommonOps_DDRM.subtractEquals(a, q);
    DMatrixRMaj onto = new DMatrixRMaj(n, n);
    CommonOps_DDRM.mult(a, projection, onto);
    double noise = setting.sigma() * setting.sigma();
    return Math.pow(NormOps_DDRM.normF(onto), 2)
        + noise * Math.pow(NormOps_DDRM.normF(a), 2)
        + Arrays.stream(offset).map(c -> c * c).sum();
  }

  /**
   * What the fluctuations of Langevin noise add to the normal part with balanced signs: each degree
   * of freedom of the quadratic loss has its share, E A_ij² = T/(4mλσ²) off the diagonal across the
   * subspace and twice that on it, T/(2mλ(1 + 2σ²)) between subspace and normals, T/(2mλ) in c.
   */
  private double fluctuations() {
    if (setting.signs() == Signs.POSITIVE) return 0;
    int k = setting.manifold().intrinsicDimension();
    int normals = setting.manifold().dimension() - k;
    double noise = setting.sigma() * setting.sigma();
    double shares = normals + 1 + 2 * k * (1 + noise) / (1 + 2 * noise) + 2;
    return normals * shares * setting.temperature() / (4 * setting.weight() * setting.neurons());
  }
}
