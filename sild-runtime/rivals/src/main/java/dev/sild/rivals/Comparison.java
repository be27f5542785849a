package dev.sild.rivals;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** What the programs made of one cell. */
final class Comparison {
  private static final double QUIET = 0.1;

  private final Cell cell;
  private final Map<String, List<Measured>> runs = new LinkedHashMap<>();
  private final List<Double> neighbours = new ArrayList<>();

  Comparison(Cell cell) {
    this.cell = cell;
  }

  /** Cores that others used before a run. */
  void addNeighbours(double cores) {
    neighbours.add(cores);
  }

  private double neighbours() {
    return neighbours.stream().mapToDouble(cores -> cores).average().orElse(Double.NaN);
  }

  void add(String program, Measured measured) {
    runs.computeIfAbsent(program, _ -> new ArrayList<>()).add(measured);
  }

  /** A program that failed once has no median. */
  void leaveOut(String program) {
    runs.remove(program);
  }

  Spread spread(String program) {
    return Spread.of(runs.get(program).stream().mapToDouble(Measured::samplesPerSecond).toArray());
  }

  /** The rival whose median is the greatest. */
  Optional<String> bestRival() {
    return runs.keySet().stream()
        .filter(name -> !name.equals(Sild.NAME))
        .max((a, b) -> Double.compare(spread(a).median(), spread(b).median()));
  }

  /** SiLD's median ÷ the best rival's. */
  Optional<Double> ratio() {
    if (!runs.containsKey(Sild.NAME)) return Optional.empty();
    return bestRival().map(best -> spread(Sild.NAME).median() / spread(best).median());
  }

  /** What the programs call themselves. */
  Stream<String> versions() {
    return runs.values().stream().map(all -> all.getLast().version()).filter(v -> !v.isEmpty());
  }

  /** For the JSON file. */
  Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("job", cell.job().toString());
    map.put("precision", cell.precision());
    map.put("threads", cell.threads());
    map.put("cores_of_others", Double.isNaN(neighbours()) ? null : neighbours());
    map.put("programs", runs.keySet().stream().map(this::programToMap).toList());
    map.put("best_rival", bestRival().orElse(null));
    map.put("ratio", ratio().orElse(null));
    return map;
  }

  private Map<String, Object> programToMap(String name) {
    Spread spread = spread(name);
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("name", name);
    map.put("median", spread.median());
    map.put("least", spread.least());
    map.put("greatest", spread.greatest());
    map.put("samples_per_second", runs.get(name).stream().map(Measured::samplesPerSecond).toList());
    map.put("forms", runs.get(name).stream().map(Measured::form).distinct().toList());
    return map;
  }

  /** For people. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(cell + ": samples/s, median (least … greatest)\n");
    for (String name : runs.keySet()) text.append(row(name).stripTrailing()).append('\n');
    ratio().ifPresent(r -> text.append(last(r)));
    if (neighbours() > QUIET) text.append(disturbed());
    return text.toString();
  }

  private String row(String name) {
    Spread s = spread(name);
    String range = String.format(Locale.ROOT, "(%,.0f … %,.0f)", s.least(), s.greatest());
    String form = runs.get(name).getLast().form();
    return String.format(Locale.ROOT, "  %-15s %,10.0f  %-22s %s", name, s.median(), range, form);
  }

  private String disturbed() {
    return String.format(
        Locale.ROOT,
        "  others used %.1f cores between the runs: try again on a quiet machine\n",
        neighbours());
  }

  private String last(double ratio) {
    String best = bestRival().orElseThrow();
    return String.format(Locale.ROOT, "  %s ÷ %s = %.2f\n", Sild.NAME, best, ratio);
  }
}
