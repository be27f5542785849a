package dev.sild.cli;

import dev.sild.UserException;
import dev.sild.sild.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A row of a comparison.
 *
 * @param name unique, and the folder of its runs
 * @param settings that make it what it is, over those of all
 */
record Contestant(String name, String label, Method method, Map<String, String> settings) {
  private static final String KL_WEIGHT = "baseline.kl_weight";

  /**
   * The rows of the named methods: a VAE is two, with the preset's KL weight and with a tuned one.
   */
  static List<Contestant> of(List<String> names) {
    List<Contestant> all = new ArrayList<>();
    for (String name : names) {
      Method method = Method.of(name);
      if (all.stream().anyMatch(c -> c.method == method))
        throw new UserException("--methods names %s twice".formatted(name));
      all.add(new Contestant(method.key(), method.label(), method, only(method)));
      if (method == Method.VAE)
        all.add(new Contestant("vae-tuned", "VAE, tuned", method, only(method)));
    }
    return all;
  }

  private static Map<String, String> only(Method method) {
    return Map.of("method", method.key());
  }

  /** Whether its KL weight is still to be found. */
  boolean untuned() {
    return name.equals("vae-tuned") && !settings.containsKey(KL_WEIGHT);
  }

  /** The same with a KL weight. */
  Contestant withKlWeight(double weight) {
    Map<String, String> all = new TreeMap<>(settings);
    all.put(KL_WEIGHT, plain(weight));
    return new Contestant(name, "%s (KL %s)".formatted(label, plain(weight)), method, all);
  }

  /** The search for the weight: a row of its own for each. */
  Contestant trial(double weight) {
    Contestant tuned = withKlWeight(weight);
    return new Contestant("vae-search-" + plain(weight), tuned.label, method, tuned.settings);
  }

  /** One digit where that is the weight, all of them otherwise. */
  static String plain(double weight) {
    String digit = String.format(Locale.ROOT, "%.0e", weight);
    return Double.parseDouble(digit) == weight ? digit : Double.toString(weight);
  }
}
