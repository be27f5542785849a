package dev.sild.evaluation;

import dev.sild.data.DataSet;
import dev.sild.data.Subset;
import dev.sild.data.TokenShape;
import dev.sild.evaluation.molecule.Descriptors;
import dev.sild.evaluation.molecule.Fingerprints;
import dev.sild.evaluation.molecule.ScaffoldSimilarity;
import dev.sild.evaluation.molecule.TokenAccuracy;
import dev.sild.evaluation.molecule.Validity;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Generated molecules, measured as MOSES and GuacaMol do, against molecules that were held out; and
 * beside each such figure the one that training molecules have, which is as good as it gets.
 */
final class MoleculeMeasures implements GenerationMeasures {
  private static final String FRECHET = "frechet_descriptors";
  private static final int BANK = 20_000; // training molecules among which neighbours are sought

  private final Evaluation evaluation;
  private final DataSet.Molecules molecules;
  private final List<String> reference;
  private final Fingerprints held;
  private final Descriptors described;
  private Measures.Builder floor; // what training molecules have, measured once
  private List<String> generated = List.of();
  private Validity validity;
  private Descriptors samples;

  MoleculeMeasures(Evaluation evaluation, DataSet.Molecules molecules) {
    this.evaluation = evaluation;
    this.molecules = molecules;
    int wanted = evaluation.model().config().evaluation().heldOut();
    reference = some(molecules.kept().smiles(), wanted);
    held = Fingerprints.of(reference);
    described = Descriptors.of(reference);
  }

  /** So many, or all, in random order, a function of the seed. */
  private List<String> some(List<String> all, int wanted) {
    int count = Math.min(wanted, all.size());
    int[] rows = Subset.draw(all.size(), count, new SplittableRandom(evaluation.seed()));
    return Arrays.stream(rows).mapToObj(all::get).toList();
  }

  /** How well tokens and molecules come back, of samples and their reconstructions (n, T · V). */
  static void reconstruction(Measures.Builder out, TokenShape shape, float[] x, float[] y) {
    int n = x.length / shape.size();
    TokenAccuracy found =
        TokenAccuracy.of(
            shape.vocabulary(), shape.likeliest(x, n), shape.likeliest(y, n), n, shape.length());
    out.metric("token_accuracy", found.tokens());
    out.metric("row_accuracy", found.rows());
    out.metric("molecule_accuracy", found.molecules());
  }

  @Override
  public String headline() {
    return FRECHET;
  }

  @Override
  public Drawn measure(Measures.Builder out, Draws draws) {
    TokenShape shape = molecules.shape();
    List<String> strings = new ArrayList<>(draws.count());
    int looked = Math.max(Evaluation.SHOWN, neighbours());
    float[] first = new float[shape.size() * Math.min(draws.count(), looked)];
    double seconds =
        draws.each((samples, at, rows) -> {
          strings.addAll(shape.smiles(samples, rows));
          int from = at * shape.size();
          if (from < first.length)
            System.arraycopy(
                samples, 0, first, from, Math.min(samples.length, first.length - from));
        });
    judge(out, strings);
    return new Drawn(first, seconds);
  }

  /**
   * The figures of molecules.
   *
   * @param strings as they were drawn
   */
  void judge(Measures.Builder out, List<String> strings) {
    generated = strings;
    evaluation.progress().say("measuring %,d molecules".formatted(strings.size()));
    validity = Validity.of(strings, new HashSet<>(molecules.trained().smiles()));
    validity(out);
    out.count("molecule_reference_samples", reference.size());
    samples = against(out, "", validity.valid());
    if (floor == null) {
      floor = new Measures.Builder();
      against(floor, "_of_training", some(molecules.trained().smiles(), reference.size()));
    }
    out.metrics.putAll(floor.metrics);
    out.counts.putAll(floor.counts);
  }

  private void validity(Measures.Builder out) {
    out.count("samples", validity.generated());
    out.count("valid", "valid (CDK): parses, has a Kekulé form, every atom has a type");
    out.metric("validity", validity.validity());
    out.metric("valid_unique", validity.validUnique());
    out.metric("valid_unique_novel", validity.validUniqueNovel());
    out.metric("uniqueness_1k", validity.uniqueness(1_000));
    out.metric("uniqueness_10k", validity.uniqueness(10_000));
    out.metric("novelty", validity.novelty());
  }

  /** Figures of valid molecules beside the held-out ones. */
  private Descriptors against(Measures.Builder out, String whose, List<String> valid) {
    boolean some = !valid.isEmpty();
    Fingerprints prints = Fingerprints.of(valid);
    Descriptors of = Descriptors.of(valid);
    out.metric("internal_diversity" + whose, prints.internalDiversity(1));
    out.metric("internal_diversity_2" + whose, prints.internalDiversity(2));
    out.metric("snn" + whose, prints.nearestSimilarity(held));
    out.metric(
        "scaffold_similarity" + whose, some ? ScaffoldSimilarity.of(valid, reference) : Double.NaN);
    out.metric(FRECHET + whose, of.frechet(described));
    out.count("descriptors_left_out" + whose, of.leftOut());
    return of;
  }

  /** Neighbours by Tanimoto distance. */
  @Override
  public void memorisation(Measures.Builder out, float[] first) {
    TokenShape shape = molecules.shape();
    memorisation(out, shape.smiles(first, first.length / shape.size()));
  }

  private int neighbours() {
    return evaluation.model().config().evaluation().neighbours();
  }

  /** The same of strings, those that are valid. */
  void memorisation(Measures.Builder out, List<String> strings) {
    int wanted = neighbours();
    List<String> drawn = Validity.of(strings, Set.of()).valid().stream().limit(wanted).toList();
    if (drawn.isEmpty()) return;
    evaluation.progress().say("looking up nearest training neighbours");
    Fingerprints bank = Fingerprints.of(some(molecules.trained().smiles(), BANK));
    List<String> fresh = reference.stream().limit(wanted).toList();
    out.count("neighbour_fingerprints", bank.size());
    Evaluation.memorisation(
        out, Memorisation.of(distances(drawn, bank), distances(fresh, bank)), drawn.size());
  }

  private static double[] distances(List<String> of, Fingerprints bank) {
    double[] nearest = Fingerprints.of(of).nearest(bank);
    return Arrays.stream(nearest).map(similarity -> 1 - similarity).toArray();
  }

  /** What was generated and measured, for those who want to see it. */
  Measures.Generated generated() {
    return new Measures.Generated(generated, samples, described);
  }

  @Override
  public void close() {}
}
