package dev.sild.training;

import dev.sild.Purpose;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.SigmaLaw;
import dev.sild.data.DataSet;
import dev.sild.data.Source;
import dev.sild.diffusion.LatentNetwork;
import dev.sild.network.Blueprint;
import dev.sild.network.Parameters;
import dev.sild.network.Parameters.Kind;
import dev.sild.network.Weights;
import dev.sild.sild.Labels;
import dev.sild.sild.Latents;
import dev.sild.sild.Method;
import dev.sild.sild.Optimisation;
import dev.sild.sild.RunConfig;
import dev.sild.sild.Session;
import java.util.List;

/** What draws latents: a denoiser of clean ones, the encoder frozen. */
final class SecondStage {
  private SecondStage() {}

  static Stage refine(Stage.Setting s, Weights finished) {
    Optimisation.Refine refine = s.config().diffusion();
    Parameters frozen = new Parameters();
    MemoryPlan encoding = new MemoryPlan("frozen encoder");
    Latents.Encoder encoder =
        new FrozenEncoder(
            frozen,
            encoding,
            s.config(),
            s.data().space(),
            refine.rows(),
            Purpose.POSTERIOR_NOISE.noise(s.seed()));
    frozen.allocate(s.device(), false);
    encoding.allocate(s.device());
    finished.copyTo(frozen, Kind.VALUE);
    Source samples =
        s.data().training(s.device(), refine.rows(), Purpose.REFINE_SAMPLES.noise(s.seed()));
    Latents latents = CleanPass.latents(s, samples, encoder, refine.rows());
    Source clean =
        keepsLatents(s.config(), s.data())
            ? new LatentBank(
                    s.device(),
                    s.data(),
                    Purpose.REFINE_SAMPLES.noise(s.seed()),
                    latents,
                    refine.rows(),
                    labels(s))
                .fill(s.device(), s.stream(), encoder, refine.rows())
            : new Latents.Standardised(
                s.device(), samples, encoder, latents, refine.rows(), labels(s));

    Parameters parameters = new Parameters();
    MemoryPlan activations = new MemoryPlan("activations");
    Blueprint blueprint = new Blueprint(parameters, activations, refine.rows(), true);
    ScoreNetwork network =
        ScoreNetwork.of(
            Session.denoiser(
                blueprint, s.config(), s.config().latentSpace(s.data().space()), false));
    SigmaLaw law = new SigmaLaw.LogNormal(refine.pMean(), refine.pStd());
    DenoisingObjective objective =
        new DenoisingObjective(
            parameters,
            network,
            clean,
            law,
            LatentNetwork.SIGMA_DATA,
            Purpose.REFINE_NOISE.noise(s.seed()),
            activations,
            refine.rows());
    if (refine.secondEmaSigmaRel() > 0) parameters.allocate(s.device(), Kind.SECOND_AVERAGE);
    s.ready(parameters, activations, Purpose.INITIAL_DENOISER);
    double reach = 3 * refine.pStd();
    return new Stage(
        objective,
        refine,
        Math.exp(refine.pMean() - reach),
        Math.exp(refine.pMean() + reach),
        weights -> weights.and(latents.asWeights()),
        List.of(clean, samples, activations, encoding, parameters, frozen));
  }

  /**
   * Whether all training samples are encoded once: an encoder that draws gives others each time.
   */
  static boolean keepsLatents(RunConfig config, DataSet data) {
    boolean draws = config.method() == Method.VAE;
    return config.method().compresses() && data.variants() > 0 && !draws;
  }

  private static Labels labels(Stage.Setting s) {
    RunConfig.Denoiser denoiser = s.config().denoiser();
    int classes = s.data().space().classes().size();
    return denoiser.conditional()
        ? new Labels(classes, denoiser.labelDropout(), Purpose.HIDDEN_LABELS.noise(s.seed()))
        : null;
  }
}
