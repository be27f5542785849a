package dev.sild.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sild.Progress;
import dev.sild.Purpose;
import dev.sild.bindings.Device;
import dev.sild.data.DataSet;
import dev.sild.data.Source;
import dev.sild.data.molecule.Notation;
import dev.sild.data.molecule.Smiles;
import dev.sild.evaluation.molecule.Descriptors;
import dev.sild.evaluation.molecule.Fingerprints;
import dev.sild.evaluation.molecule.TokenAccuracy;
import dev.sild.evaluation.molecule.Validity;
import dev.sild.sild.ConfigFile;
import dev.sild.sild.Model;
import dev.sild.training.CleanPass;
import dev.sild.training.FewMolecules;
import dev.sild.training.Training;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The figures of molecules are those of the measures that bear their names. */
class MoleculeMeasuresTest {
  private static final int SEED = Integer.getInteger("sild.seed", 20261126);
  private static final DataSet.Molecules DATA = FewMolecules.in(Notation.SMILES);
  private static Device device;
  private static Model model;

  @BeforeAll
  static void train() throws Exception {
    System.out.println("seed " + SEED);
    device = Device.open("cpu");
    var config =
        ConfigFile.of(
            "qm9",
            Map.ofEntries(
                Map.entry("autoencoder.latent", "4"),
                Map.entry("autoencoder.width", "8"),
                Map.entry("autoencoder.blocks", "1"),
                Map.entry("collapse.steps", "150"),
                Map.entry("collapse.warmup", "5"),
                Map.entry("collapse.batch", "16"),
                Map.entry("denoiser.width", "8"),
                Map.entry("refine.steps", "1"),
                Map.entry("sampling.evaluations", "4"),
                Map.entry("evaluation.samples", "60"),
                Map.entry("evaluation.held_out", "50")));
    var training = new Training(config, SEED, DATA, device, null, Progress.SILENT, () -> false);
    model = new Model(training.train(), device);
  }

  @AfterAll
  static void close() {
    model.close();
    device.close();
  }

  private static Evaluation evaluation() {
    return new Evaluation(
        model,
        DATA,
        device,
        SEED,
        null,
        UserNets.NONE,
        LatentLikelihood.NONE,
        Progress.SILENT,
        () -> false);
  }

  @Test
  void figuresOfStrings() {
    List<String> strings =
        List.of("C", "OCC", "CCO", "c1cccc1", "", "C1CNC1", "CCCCCC", "C(", "F", "NN");
    Measures.Builder out = new Measures.Builder();
    MoleculeMeasures measures = new MoleculeMeasures(evaluation(), DATA);
    measures.judge(out, strings);
    assertThat(out.metrics)
        .containsEntry("validity", 0.7)
        .containsEntry("valid_unique", 0.6)
        .containsEntry("valid_unique_novel", 0.4) // C and CCO are trained on
        .containsEntry("novelty", 4 / 6.0)
        .containsEntry("uniqueness_1k", null);
    List<String> valid =
        Stream.of("C", "OCC", "CCO", "C1CNC1", "CCCCCC", "F", "NN").map(Smiles::canonical).toList();
    assertBesideHeldOut(out, valid);
    assertThat(out.metrics.get("frechet_descriptors_of_training")).isPositive();
    assertThat(out.metrics.get("snn_of_training")).isBetween(0.0, 0.99); // they are not the same
    assertThat(measures.generated().smiles()).isEqualTo(strings);
    assertThat(measures.generated().samples()).isEqualTo(Descriptors.of(valid));
    assertThat(measures.generated().data().size()).isEqualTo(DATA.kept().count());
    assertThat(out.counts)
        .containsEntry("samples", 10)
        .containsEntry("molecule_reference_samples", 8);
  }

  /** All held-out molecules are the reference, in some order, which only rounding knows. */
  private static void assertBesideHeldOut(Measures.Builder out, List<String> molecules) {
    Fingerprints prints = Fingerprints.of(molecules);
    Fingerprints kept = Fingerprints.of(DATA.kept().smiles());
    assertThat(out.metrics)
        .containsEntry("internal_diversity", prints.internalDiversity(1))
        .containsEntry("internal_diversity_2", prints.internalDiversity(2))
        .containsEntry("snn", prints.nearestSimilarity(kept))
        .containsEntry("scaffold_similarity", null); // no two rings anywhere
    double distance = Descriptors.of(molecules).frechet(Descriptors.of(DATA.kept().smiles()));
    assertThat(out.metrics.get("frechet_descriptors")).isCloseTo(distance, within(1e-4 * distance));
    assertThat(out.counts).containsEntry("descriptors_left_out", 0);
  }

  @Test
  void nothingValidIsMeasuredToo() {
    Measures.Builder out = new Measures.Builder();
    MoleculeMeasures measures = new MoleculeMeasures(evaluation(), DATA);
    List<String> strings = List.of("", "C(", "c1cccc1");
    measures.judge(out, strings);
    measures.memorisation(out, strings);
    assertThat(out.metrics).containsEntry("validity", 0.0).containsEntry("valid_unique", 0.0);
    for (String name : List.of("novelty", "internal_diversity", "snn", "frechet_descriptors"))
      assertThat(out.metrics).containsEntry(name, null);
    assertThat(out.metrics.get("frechet_descriptors_of_training")).isNotNull();
    assertThat(measures.generated().samples().size()).isZero();
  }

  /** Copies lie where held-out molecules do not; held-out molecules lie where they lie. */
  @Test
  void copiesOfTrainingMoleculesAreFound() {
    Map<String, Double> copies = memorisation(DATA.trained().smiles());
    assertThat(copies.get("neighbour_median_samples")).isZero();
    assertThat(copies.get("neighbour_median_held_out")).isPositive();
    assertThat(copies.get("memorisation_p")).isLessThan(1e-3);
    Map<String, Double> fresh = memorisation(DATA.kept().smiles());
    assertThat(fresh.get("memorisation_p")).isBetween(0.3, 0.7);
    assertThat(fresh.get("neighbour_median_samples"))
        .isEqualTo(fresh.get("neighbour_median_held_out"));
  }

  private static Map<String, Double> memorisation(List<String> strings) {
    Measures.Builder out = new Measures.Builder();
    new MoleculeMeasures(evaluation(), DATA).memorisation(out, strings);
    return out.metrics;
  }

  /** A whole evaluation measures what the model draws, and what comes back of held-out samples. */
  @Test
  void anEvaluationMeasuresWhatIsDrawn() {
    Evaluation evaluation = evaluation();
    Measures found = evaluation.measure();
    float[] drawn = new float[60 * DATA.dimension()];
    model.sample(MemorySegment.ofArray(drawn), SEED);
    List<String> strings = DATA.shape().smiles(drawn, 60);
    assertThat(found.generated().smiles()).isEqualTo(strings);
    Validity validity = Validity.of(strings, new HashSet<>(DATA.trained().smiles()));
    assertThat(found.metrics())
        .containsEntry("validity", validity.validity())
        .containsEntry("valid_unique_novel", validity.validUniqueNovel());
    assertThat(found.generated().samples()).isEqualTo(Descriptors.of(validity.valid()));
    float[] x;
    try (Source source = DATA.heldOut(device, 50, Purpose.HELD_OUT_SAMPLES.noise(SEED))) {
      x = CleanPass.samples(device, source, 50, 50);
    }
    float[] y = new float[x.length];
    model.reconstruct(MemorySegment.ofArray(y), MemorySegment.ofArray(x));
    TokenAccuracy accuracy =
        TokenAccuracy.of(
            DATA.shape().vocabulary(),
            DATA.shape().likeliest(x, 50),
            DATA.shape().likeliest(y, 50),
            50,
            DATA.shape().length());
    assertThat(found.metrics())
        .containsEntry("token_accuracy", accuracy.tokens())
        .containsEntry("row_accuracy", accuracy.rows())
        .containsEntry("molecule_accuracy", accuracy.molecules());
    assertThat(accuracy.tokens()).isBetween(0.2, 1.0);
    assertThat(found.pictures().samples()).startsWith(drawn[0], drawn[1], drawn[2]);
  }
}
