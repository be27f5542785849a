package dev.sild.rivals;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class OptionsTest {

  @Test
  void theScriptsHelpNamesEveryOptionAndEveryJob() throws IOException {
    String help =
        Files.readAllLines(Path.of("run")).stream()
            .takeWhile(line -> !line.isEmpty())
            .collect(Collectors.joining("\n"));
    Set<String> named = new TreeSet<>();
    Pattern.compile("--[a-z]+").matcher(help).results().forEach(match -> named.add(match.group()));
    CommandLine line = Rivals.line(new Rivals());
    assertThat(named).isEqualTo(new TreeSet<>(line.getCommandSpec().optionsMap().keySet()));
    assertThat(help).contains("[--jobs " + String.join(",", Job.names()) + "]");
  }

  @Test
  void listsAreSplitAtCommas() {
    Rivals rivals = new Rivals();
    Rivals.line(rivals).parseArgs("--jobs", "train64,sample-latent", "--threads", "1,4");
    assertThat(rivals.jobs).containsExactly(Job.TRAIN64, Job.SAMPLE_LATENT);
    assertThat(rivals.threads).containsExactly(1, 4);
    assertThat(Rivals.line(new Rivals()).execute("--jobs", "paint")).isEqualTo(2);
    assertThat(Rivals.line(new Rivals()).execute("--rounds", "0")).isEqualTo(2);
  }

  /** 100 steps leave 9 % too much; 1000 leave 0.9 %. */
  @Test
  void bothPlansAreTheSameProcessAndBringStandardNormalsBack() {
    double latent = variance(Job.SAMPLE_LATENT, 0);
    double plain = variance(Job.SAMPLE, 1);
    assertThat(latent).isCloseTo(1, within(0.1)).isCloseTo(plain, within(3e-4)); // σ_min² and Var D
  }

  /**
   * Of x for data N(0, 1), whose networks are F(u; σ) = factor · u σ/√(1 + σ²): E[z | x] for the
   * plain one, and 0 behind c_skip.
   */
  private static double variance(Job job, double factor) {
    Plan plan = Plan.of(job);
    double variance = plan.start() * plan.start();
    for (Plan.Step step : plan.steps()) {
      double f = factor * step.sigma() * step.scale();
      double keep = step.keep() + step.move() * f * step.scale();
      variance = keep * keep * variance + step.noise() * step.noise();
    }
    return variance;
  }
}
