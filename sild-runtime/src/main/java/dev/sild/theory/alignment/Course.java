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
 * @param theory of the normal part, by {@link MomentFlow}; null where that is no theory of it
 * @param slopeRate that the mean slope should decay at with balanced signs
 * @param floor what is subtracted
 */
public record Course(
    Setting setting,
    double[] time,
    double[] normal,
    double[] tangent,
    double[] slope,
    double[] theory,
    double slopeRate,
    AlignmentRisk floor) {
  private static final double SPACING = 1.03;
  private static final int SLOPES = 512; // rows behind a mean slope

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
      double rate = mean.rate(weights, biases);
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
      return of(s, moments, exact != null, rate, flow.floor());
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

  private static Course of(
      Setting s, List<Moment> moments, boolean exact, double rate, AlignmentRisk floor) {
    return new Course(
        s,
        moments.stream().mapToDouble(Moment::time).toArray(),
        moments.stream().mapToDouble(now -> now.risk.normal() - floor.normal()).toArray(),
        moments.stream().mapToDouble(now -> now.risk.tangent() - floor.tangent()).toArray(),
        moments.stream().mapToDouble(Moment::slope).toArray(),
        exact ? moments.stream().mapToDouble(Moment::theory).toArray() : null,
        rate,
        floor);
  }

  /** How the normal part decays. */
  public Decay normalDecay() {
    return decay(normal);
  }

  /** How the mean slope's part of it decays. */
  public Decay slopeDecay() {
    return decay(slope);
  }

  /** How the normal part should decay, over the same times; null where there is no theory. */
  public Decay theoreticalDecay() {
    return theory == null ? null : decay(theory);
  }

  private Decay decay(double[] risk) {
    return Decay.of(time, risk, setting.transientEnd());
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
    return theory == null ? Double.NaN : late(theory);
  }

  private double late(double[] risk) {
    double half = time[time.length - 1] / 2;
    int first = (int) Arrays.stream(time).filter(t -> t < half).count();
    return Arrays.stream(risk, first, risk.length).average().orElseThrow();
  }
}
