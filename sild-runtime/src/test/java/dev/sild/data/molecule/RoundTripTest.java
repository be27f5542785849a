package dev.sild.data.molecule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openscience.cdk.interfaces.IAtom;
import org.openscience.cdk.interfaces.IAtomContainer;
import org.openscience.cdk.smiles.SmiFlavor;

/**
 * What holds for the published molecules: a random sample of 1,000 a set, or with {@code
 * -Dsild.molecules=all} every one, which takes minutes.
 */
class RoundTripTest {
  private static final boolean ALL = "all".equals(System.getProperty("sild.molecules"));
  private static final long SEED = 9;

  @ParameterizedTest
  @CsvSource({"qm9.csv, 1, 0.9999", "HIV.csv, 0.999, 0.9997", "muv.csv.gz, 0.999, 1"})
  void moleculesComeBackFromTheirTokens(String name, double share, double inAnyOrder) {
    List<String> rows = sample(name);
    List<Trip> trips = rows.parallelStream().map(Trip::of).toList();
    Map<String, Integer> exceptions = new TreeMap<>();
    for (Trip trip : trips)
      if (trip.exception != null) exceptions.merge(trip.exception, 1, Integer::sum);
    int failed = exceptions.values().stream().mapToInt(Integer::intValue).sum();
    System.out.printf(
        "%s: %d of %d come back from SELFIES (seed %d)%n",
        name, trips.size() - failed, trips.size(), SEED);
    exceptions.entrySet().stream()
        .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
        .forEach(e -> System.out.println("  " + e.getValue() + " × " + e.getKey()));
    assertThat(trips).allMatch(trip -> trip.canonical != null, "CDK reads it");
    assertThat(trips).allMatch(trip -> trip.canonical.equals(trip.again), "idempotent");
    assertThat(trips).allMatch(trip -> trip.joined, "the tokens of SMILES joined are the string");
    assertThat(trips).allMatch(trip -> trip.validStays, "a valid molecule stays as it is");
    // of a sample as many may fail as 1 in 1e4 samples of that share would show: mean + 3.7 sd
    double mean = (1 - share) * trips.size();
    assertThat(failed).isLessThanOrEqualTo((int) (ALL ? mean : mean + 3.7 * Math.sqrt(mean)));
    sameInAnyOrder(name, trips, inAnyOrder);
  }

  /** What became of a row. */
  private record Trip(
      String canonical, String again, String exception, boolean joined, boolean validStays) {
    static Trip of(String smiles) {
      String canonical = Smiles.canonical(smiles);
      String again = Smiles.canonical(canonical);
      boolean joined = String.join("", SmilesTokens.split(canonical)).equals(canonical);
      try {
        List<String> symbols = Selfies.encode(canonical);
        String back = Smiles.canonical(Selfies.decode(symbols));
        boolean stays =
            !Verdict.of(canonical).valid()
                || Smiles.canonical(Selfies.decodeValid(symbols)).equals(canonical);
        String exception = back.equals(canonical) ? null : canonical + " becomes " + back;
        return new Trip(canonical, again, exception, joined, stays);
      } catch (IllegalArgumentException e) {
        return new Trip(canonical, again, e.getMessage(), joined, true);
      }
    }
  }

  /** The canonical form should not depend on the order of atoms. CDK's does, of a few cages. */
  private static void sameInAnyOrder(String name, List<Trip> trips, double share) {
    int tried = ALL ? trips.size() : trips.size() / 5;
    List<String> others =
        IntStream.range(0, tried)
            .parallel()
            .filter(i -> !shuffled(trips.get(i).canonical, SEED + i).equals(trips.get(i).canonical))
            .mapToObj(i -> trips.get(i).canonical)
            .toList();
    System.out.printf(
        "%s: %d of %d have another canonical form when their atoms are shuffled: %s%n",
        name, others.size(), tried, others.stream().limit(5).toList());
    assertThat(others.size()).isLessThanOrEqualTo((int) Math.ceil((1 - share) * tried));
  }

  private static String shuffled(String smiles, long seed) {
    IAtomContainer molecule = Smiles.raw(smiles);
    IAtom[] atoms = new IAtom[molecule.getAtomCount()];
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < atoms.length; i++) {
      int j = random.nextInt(i + 1);
      atoms[i] = atoms[j];
      atoms[j] = molecule.getAtom(i);
    }
    molecule.setAtoms(atoms);
    return Smiles.canonical(Smiles.write(molecule, SmiFlavor.Generic));
  }

  private static List<String> sample(String name) {
    Path file =
        Path.of(System.getProperty("sild.data", "../../shared/data")).resolve("molecules/" + name);
    assumeTrue(Files.exists(file), "skipped: no " + file + " (set -Dsild.data)");
    List<String> all = new ArrayList<>();
    MoleculeFile.rows(file, List.of()).forEach(row -> all.add(row.smiles()));
    return ALL
        ? all
        : new SplittableRandom(SEED).ints(1000, 0, all.size()).mapToObj(all::get).toList();
  }
}
