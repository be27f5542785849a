package dev.sild.evaluation;

import dev.sild.Progress;
import dev.sild.Purpose;
import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.BankSource;
import dev.sild.data.LabelledImages;
import dev.sild.network.Blueprint;
import dev.sild.network.Parameters;
import dev.sild.network.Parameters.Kind;
import dev.sild.network.Weights;
import dev.sild.sild.Optimisation;
import dev.sild.training.Trainer;
import java.util.function.BooleanSupplier;

/** A trained classifier of grey images, ready to label. Owns its memory. */
public final class DigitClassifier implements AutoCloseable {
  private static final int BATCH = 768; // three channels of 256 images

  private final Parameters values = new Parameters();
  private final MemoryPlan memory = new MemoryPlan("classifier");
  private final Classifier network;
  private final Slot input;
  private final Slot best;
  private final Slot label;
  private final Stream stream;
  private final int pixels;

  /** A classifier of images of {@code pixels} pixels with these weights. */
  public DigitClassifier(Device device, Weights weights, int pixels) {
    this.pixels = pixels;
    Blueprint blueprint = new Blueprint(values, memory, BATCH, false);
    network = new Classifier(blueprint, pixels);
    input = blueprint.rows("x", pixels);
    best = memory.add("best", BATCH);
    label = memory.add("label", dev.sild.bindings.DType.I32, BATCH);
    values.allocate(device, false);
    memory.allocate(device);
    weights.copyTo(values, Kind.VALUE);
    stream = device.openStream();
  }

  /**
   * Trains on labelled images.
   *
   * @return the averaged weights
   */
  public static Weights train(
      Device device,
      LabelledImages images,
      Optimisation.Classify rule,
      int seed,
      Progress progress,
      BooleanSupplier cancelled) {
    int pixels = images.height() * images.width();
    try (Parameters parameters = new Parameters();
        MemoryPlan activations = new MemoryPlan("classifier");
        Stream stream = device.openStream();
        BankSource source =
            BankSource.images(
                device, images, 1, rule.batch(), Purpose.CLASSIFIER_SAMPLES.noise(seed))) {
      Blueprint blueprint = new Blueprint(parameters, activations, rule.batch(), true);
      ClassifierObjective objective =
          new ClassifierObjective(
              parameters,
              new Classifier(blueprint, pixels),
              images,
              source,
              rule,
              Purpose.CLASSIFIER_NOISE.noise(seed),
              activations);
      parameters.allocate(device, true);
      activations.allocate(device);
      parameters.initialise(stream, Purpose.INITIAL_CLASSIFIER.noise(seed));
      progress.begin("classifier", "samples", 0, rule.steps() * rule.batch());
      try (Trainer trainer = new Trainer("classifier", device, stream, objective, rule, 0.5, 1)) {
        trainer.run(
            0,
            interval -> {
              progress.advance(interval.samples());
              if (cancelled.getAsBoolean())
                throw new java.util.concurrent.CancellationException("stopped in the classifier");
            });
      }
      progress.end();
      return Weights.of(parameters, Kind.AVERAGE);
    }
  }

  /**
   * Labels and features of grey images.
   *
   * @param labels (n)
   * @param features (n, {@value Classifier#FEATURES})
   */
  public record Read(int[] labels, float[] features) {}

  /** Classifies images (n, pixels) in [−1, 1]. */
  public Read read(float[] images) {
    int n = images.length / pixels;
    int[] labels = new int[n];
    float[] features = new float[n * Classifier.FEATURES];
    float[] batch = new float[BATCH * pixels];
    for (int at = 0; at < n; at += BATCH) {
      int rows = Math.min(BATCH, n - at);
      System.arraycopy(images, at * pixels, batch, 0, rows * pixels);
      input.view().write(batch);
      View logits = network.forward(stream, input.view().first(rows));
      stream.rowMaximum(best.view().first(rows), label.view().first(rows), logits);
      System.arraycopy(label.view().first(rows).ints(), 0, labels, at, rows);
      float[] seen = network.features().floats();
      System.arraycopy(seen, 0, features, at * Classifier.FEATURES, seen.length);
    }
    return new Read(labels, features);
  }

  /** Share of images that get their label. */
  public double accuracy(LabelledImages images) {
    int[] labels = read(images.normalised()).labels();
    int right = 0;
    for (int i = 0; i < labels.length; i++) if (labels[i] == images.labels()[i]) right++;
    return (double) right / labels.length;
  }

  @Override
  public void close() {
    stream.close();
    memory.close();
    values.close();
  }
}
