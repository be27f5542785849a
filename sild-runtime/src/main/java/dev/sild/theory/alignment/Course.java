package dev.sild.theory.alignment;

import dev.sild.bindings.Device;
import dev.sild.evaluation.AlignmentRisk;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The alignment risk above the Bayes floor along a flow, at times that grow by a factor.
 *
 * @param time t
 * @param normal part across the manifold
 * @param tangent part along it
 * @param slope what the mean slope across the manifold has in the normal part, by {@link MeanSlope}
 * @param normalTheory of the normal part, by {@link MomentFlow}; null where that is no theory of it
 * @param slopeTheory of the mean slope's part, to leading order
 * @param floor what is subtracted
 */
public record Course(
    Setting setting,
    double[] time,
    double[] normal,
    double[] tangent,
    double[] slope,
    double[] normalTheory,
    double[] slopeTheory,
    AlignmentRisk floor) {
  private static final double SPACING = 1.04;
  private static final int SLOPES = 256; // rows behind a mean slope

  /** A moment of a flow. */
  private record Moment(double time, AlignmentRisk risk, double slope, double theory) {}

  /**
   * Runs a flow until the mean slope's part has fallen by so many decades from where the transient
   * ended, or time is out. With Langevin noise it always runs its time.
   *
   * @param slowTime λσ²t at the latest end
   * @throws IllegalStateException if the descent diverges
   */
  public static Course of(Device device, Setting s, double slowTime, double decades) {
    try (GradientFlow flow = new GradientFlow(device, s)) {
      float[] weights = flow.weights();
      float[] biases = flow.biases();
      MomentFlow exact = s.exact() ? new MomentFlow(s, weights, biases) : null;
      MeanSlope mean = new MeanSlope(s, flow.probed(SLOPES));
      double enough = 0; // no end but that of time, until the transient is over
      List<Moment> moments = new ArrayList<>();
      for (long step = 1; s.slowTime(flow.time()) < slowTime; ) {
        while (flow.steps() < step) flow.step();
        Moment now = moment(flow, exact, mean);
        moments.add(now);
        if (enough == 0 && s.temperature() == 0 && now.time >= s.transientEnd())
          enough = now.slope * Math.pow(10, -decades);
        if (now.slope < enough) break;
        step = Math.max(step + 1, (long) (step * SPACING));
      }
      double[] time = moments.stream().mapToDouble(Moment::time).toArray();
      double[] theory =
          exact == null ? null : moments.stream().mapToDouble(Moment::theory).toArray();
      AlignmentRisk floor = flow.floor();
      return new Course(
          s,
          time,
          moments.stream().mapToDouble(now -> now.risk.normal() - floor.normal()).toArray(),
          moments.stream().mapToDouble(now -> now.risk.tangent() - floor.tangent()).toArray(),
          moments.stream().mapToDouble(Moment::slope).toArray(),
          theory,
          mean.theory(time, weights, biases),
          floor);
    }
  }

  private static Moment moment(GradientFlow flow, MomentFlow exact, MeanSlope mean) {
    AlignmentRisk risk = flow.risk();
    double t = flow.time();
    if (!Double.isFinite(risk.total()))
      throw new IllegalStateException("the descent diverges at t = %s".formatted(t));
    if (exact != null) exact.to(t);
    double theory = exact == null ? Double.NaN : exact.normal();
    return new Moment(t, risk, mean.part(flow.weights(), flow.biases()), theory);
  }

  /** How a part decays. */
  public Decay decay(Part part) {
    return Decay.of(time, part == Part.NORMAL ? normal : slope, setting.transientEnd());
  }

  /** The same fits to what theory has at the same times; null where there is none. */
  public Decay theory(Part part) {
    double[] curve = part == Part.NORMAL ? normalTheory : slopeTheory;
    return curve == null ? null : Decay.of(time, curve, setting.transientEnd());
  }

  /** λt by which the tangent part has fallen to a tenth of what it was after the first step. */
  public double tangentTenfold() {
    for (int i = 0; i < time.length; i++)
      if (tangent[i] <= tangent[0] / 10) return setting.weight() * time[i];
    return Double.NaN;
  }

  /** Mean of the normal part over the second half of the time. */
  public double late() {
    return late(normal);
  }

  /** The same by theory; NaN where there is none. */
  public double theoreticalLate() {
    return normalTheory == null ? Double.NaN : late(normalTheory);
  }

  private double late(double[] risk) {
    double half = time[time.length - 1] / 2;
    int first = (int) Arrays.stream(time).filter(t -> t < half).count();
    return Arrays.stream(risk, first, risk.length).average().orElseThrow();
  }
}
