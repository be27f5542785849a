package dev.sild.sampling;

import dev.sild.diffusion.TracedDenoiser;

/**
 * The density at σ_min of the law that the probability flow makes of N(0, σ_max² I), where samplers
 * begin (Song et al. 2021, §4.3). It is that of x_σ at σ = σ_min, data with so much noise on them,
 * and not of what a last D(x; σ_min) would make of it. Along the flow dx/dσ = (x − D)/σ
 *
 * <pre>d ln p / d ln σ = −(d − tr ∂D/∂x),</pre>
 *
 * which {@link ProbabilityFlow} carries from σ_min up, on levels uniform in ln σ. In double; what a
 * denoiser rounds is its own.
 *
 * @param evaluations of the denoiser and its trace; an odd one is not spent
 */
public record Likelihood(double sigmaMin, double sigmaMax, int evaluations) {
  public Likelihood {
    if (evaluations < 2)
      throw new IllegalArgumentException("a likelihood of %d evaluations".formatted(evaluations));
  }

  /**
   * ln p of every row, nats.
   *
   * @param x (B, dimension)
   */
  public double[] logDensity(TracedDenoiser denoiser, double[] x, int dimension) {
    int steps = evaluations / 2;
    double h = Math.log(sigmaMax / sigmaMin) / steps;
    double[] levels = new double[steps + 1];
    for (int i = 0; i <= steps; i++) levels[i] = sigmaMin * Math.exp(i * h);
    double[] logDensity = new double[x.length / dimension];
    double[] trace = new double[logDensity.length];
    double[] state = x.clone();
    double[] predicted = new double[x.length];
    double[] y = state;
    double[] denoised = new double[x.length];
    double[] previous = new double[x.length];
    for (Evaluation e : ProbabilityFlow.plan(levels)) {
      denoiser.denoise(denoised, trace, y, e.sigma());
      double weight = e.stage() ? 1 - ProbabilityFlow.WEIGHT : ProbabilityFlow.WEIGHT;
      for (int b = 0; b < trace.length; b++) logDensity[b] += weight * h * (dimension - trace[b]);
      y = e.stage() ? predicted : state;
      for (int i = 0; i < y.length; i++)
        y[i] = e.a() * state[i] + e.b() * denoised[i] + e.c() * previous[i];
      double[] swapped = previous;
      previous = denoised;
      denoised = swapped;
    }
    for (int i = 0; i < state.length; i++)
      logDensity[i / dimension] +=
          -0.5 * Math.pow(state[i] / sigmaMax, 2) - Math.log(sigmaMax * Math.sqrt(2 * Math.PI));
    return logDensity;
  }
}
