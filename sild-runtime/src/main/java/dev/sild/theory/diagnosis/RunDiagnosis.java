package dev.sild.theory.diagnosis;

import dev.sild.Purpose;
import dev.sild.bindings.Device;
import dev.sild.data.DataSet;
import dev.sild.data.Source;
import dev.sild.evaluation.Evaluation;
import dev.sild.evaluation.JacobianSpectrum;
import dev.sild.evaluation.LatentStatistics;
import dev.sild.evaluation.NeighbourDimension;
import dev.sild.evaluation.OnHost;
import dev.sild.sild.Model;
import dev.sild.sild.RunConfig;
import dev.sild.sild.Session;
import dev.sild.theory.steps.RunLaboratory;
import dev.sild.training.CleanPass;

/**
 * A trained model: its autoencoder for the dimension, its latent denoiser for the rest, the latents
 * standardised.
 */
public record RunDiagnosis(Evaluation evaluation, RunLaboratory laboratory, int samples) {
  private static final int LEVELS = 400;
  private static final int POINTS = 16;
  private static final int NEIGHBOURS = 8000;

  /** Diagnoses. */
  public Diagnosis diagnose() {
    RunConfig.Sampling range = model().config().sampling();
    float[] z = evaluation.latentSamples(Math.max(samples, 2 * model().latent()));
    double sigma = jacobianSigma();
    return new Diagnosis(
        laboratory.name(),
        data().space().isMolecule(),
        model().latent(),
        data().logTrainingSamples(),
        model().config().method().compresses()
            ? evaluation.collapseCurve()
            : evaluation.latentCurve(),
        neighbours(),
        jacobian(sigma),
        sigma,
        LatentStatistics.of(z, z.length / model().latent(), model().latent()).spectrum(),
        laboratory.curve(range.sigmaMax(), range.sigmaMin(), LEVELS, samples, 0),
        laboratory.curve(range.sigmaMax(), range.sigmaMin(), LEVELS, samples, 1),
        laboratory.secondMoment(),
        laboratory.memorisation());
  }

  private Model model() {
    return evaluation.model();
  }

  private DataSet data() {
    return evaluation.data();
  }

  private Device device() {
    return evaluation.device();
  }

  /** The least noise that the autoencoder was trained with. */
  private double jacobianSigma() {
    return model().config().collapse().sigmaMin();
  }

  /** In the network's units. */
  private NeighbourDimension neighbours() {
    float[] x = drawn(Purpose.TRAINING_SAMPLES, NEIGHBOURS);
    int d = model().dimension();
    return NeighbourDimension.of(device(), x, x.length / d, d, evaluation.seed());
  }

  private float[] drawn(Purpose purpose, int count) {
    var noise = purpose.noise(evaluation.seed());
    try (Source source =
        purpose == Purpose.TRAINING_SAMPLES
            ? data().training(device(), model().batch(), noise)
            : data().heldOut(device(), model().batch(), noise)) {
      return CleanPass.samples(device(), source, count, model().batch());
    }
  }

  private JacobianSpectrum jacobian(double sigma) {
    float[] points = drawn(Purpose.HELD_OUT_SAMPLES, POINTS);
    int d = model().dimension();
    try (Session session = model().openSession();
        OnHost encoder =
            OnHost.of(
                device(),
                d,
                model().batch(),
                x -> session.autoencoder().encode(session.stream(), x));
        OnHost decoder =
            OnHost.of(
                device(),
                model().latent(),
                model().batch(),
                z -> session.autoencoder().decode(session.stream(), z))) {
      if (!model().config().method().compresses()) return ofDenoiser(session, points, sigma);
      double unit = mean(model().contents().latents().scale());
      double h = 0.5 * sigma;
      return JacobianSpectrum.composed(encoder, decoder, points, POINTS, d, h, h * unit);
    }
  }

  /** Data-space diffusion has no f and g: its denoiser, in the units that it sees. */
  private JacobianSpectrum ofDenoiser(Session session, float[] points, double sigma) {
    int d = model().dimension();
    float[] z = model().contents().latents().units().inverse().apply(points);
    double own = sigma / mean(model().contents().latents().scale());
    try (OnHost denoiser =
        OnHost.of(device(), session.stream(), session.denoiser(), own, d, model().batch())) {
      return JacobianSpectrum.symmetric(denoiser, z, POINTS, d, 0.5 * own, evaluation.seed());
    }
  }

  private static double mean(float[] values) {
    double sum = 0;
    for (float value : values) sum += value;
    return sum / values.length;
  }
}
