package dev.sild.evaluation;

import dev.sild.bindings.DType;
import dev.sild.bindings.Gather;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Noise;
import dev.sild.bindings.SigmaLaw;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.BankSource;
import dev.sild.data.LabelledImages;
import dev.sild.network.Parameters;
import dev.sild.sild.Optimisation;
import dev.sild.training.Objective;

/** Cross-entropy on noisy digits that are shifted anew in every epoch. */
final class ClassifierObjective implements Objective {
  private final Parameters parameters;
  private final Classifier network;
  private final LabelledImages images;
  private final BankSource source;
  private final Optimisation.Classify rule;
  private final Noise noise;
  private final Slot labels;
  private final Slot x;
  private final Slot sigma;
  private final Slot dlogits;
  private final Slot loss;
  private final Slot correct;
  private long epoch = -1;

  ClassifierObjective(
      Parameters parameters,
      Classifier network,
      LabelledImages images,
      BankSource source,
      Optimisation.Classify rule,
      Noise noise,
      MemoryPlan activations) {
    this.parameters = parameters;
    this.network = network;
    this.images = images;
    this.source = source;
    this.rule = rule;
    this.noise = noise;
    int batch = rule.batch();
    labels = activations.add("labels", DType.U8, images.count());
    x = activations.add("x", batch, source.dimension());
    sigma = activations.add("sigma", batch);
    dlogits = activations.add("dlogits", batch, Classifier.CLASSES);
    loss = activations.add("loss", batch);
    correct = activations.add("correct", batch);
  }

  @Override
  public Parameters parameters() {
    return parameters;
  }

  @Override
  public void prepare(Stream stream, long firstSample, int rows) {
    if (epoch < 0) labels.view().write(images.labels());
    long now = firstSample / images.count();
    if (now != epoch && rule.shift() > 0)
      source.replace(images.shifted(noise.seed(), (int) now, rule.shift()));
    epoch = now;
  }

  @Override
  public void gradients(Stream stream, View step, int rows) {
    Gather drawn = source.batch(stream, step, rows);
    SigmaLaw law = new SigmaLaw.Fixed(rule.noise());
    stream.perturb(x.view(), sigma.view(), drawn, law, 0, noise, step);
    View logits = network.forward(stream, x.view());
    stream.crossEntropy(
        dlogits.view(), loss.view(), correct.view(), logits, labels.view(), drawn.index());
    network.backward(stream, dlogits.view());
  }

  @Override
  public View loss() {
    return loss.view();
  }

  @Override
  public View error() {
    return correct.view();
  }

  @Override
  public View sigma() {
    return sigma.view();
  }
}
