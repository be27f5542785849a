package dev.sild.rivals;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs that are lines of shell stand in for the large ones. */
class ContestTest {
  private static final Cell CELL = new Cell(Job.SAMPLE, "bf16", 2);

  private record Shell(String name, String script) implements Program {
    @Override
    public boolean does(Cell cell) {
      return true;
    }

    @Override
    public List<String> command(Cell cell, double seconds) {
      return List.of("/bin/sh", "-c", script);
    }
  }

  private final ByteArrayOutputStream words = new ByteArrayOutputStream();

  private Comparison hold(int rounds, Program... programs) throws InterruptedException {
    try (Child child = new Child()) {
      PrintStream out = new PrintStream(words, true, StandardCharsets.UTF_8);
      return new Contest(List.of(programs), rounds, 0.1, child, out).hold(CELL);
    }
  }

  @Test
  void programsTakeTurnsAndEverySecondRoundGoesBackwards(@TempDir Path scratch)
      throws IOException, InterruptedException {
    Path order = scratch.resolve("order");
    String script = "echo %s >>" + order + "; echo progress; echo '{\"samples_per_second\": %d}'";
    Comparison comparison =
        hold(
            3,
            new Shell(Sild.NAME, script.formatted(Sild.NAME, 30)),
            new Shell("rival", script.formatted("rival", 20)));
    assertThat(Files.readAllLines(order))
        .containsExactly("sild", "rival", "rival", "sild", "sild", "rival");
    assertThat(comparison.ratio()).contains(1.5);
    assertThat(words.toString(StandardCharsets.UTF_8)).isEmpty();
  }

  @Test
  void whoFailsIsNamedInOneLineAndLeftOut() throws InterruptedException {
    Comparison comparison =
        hold(
            2,
            new Shell(Sild.NAME, "echo '{\"samples_per_second\": 30}'"),
            new Shell("broken", "echo 'Error: no library' >&2; echo '\tat Some.java' >&2; exit 3"),
            new Shell("silent", "exit 0"),
            new Shell("chatty", "echo hello"));
    assertThat(words.toString(StandardCharsets.UTF_8).lines())
        .containsExactly(
            "broken is left out of sample, bf16, 2 threads: Error: no library",
            "silent is left out of sample, bf16, 2 threads: it ended with code 0 and said nothing",
            "chatty is left out of sample, bf16, 2 threads: its last line is no result: hello");
    assertThat(comparison.ratio()).isEmpty();
    assertThat(comparison.spread(Sild.NAME).median()).isEqualTo(30);
  }

  @Test
  void closingEndsTheProgramThatRuns() throws InterruptedException {
    Child child = new Child();
    Thread closer =
        Thread.ofVirtual()
            .start(() -> {
              try {
                Thread.sleep(Duration.ofMillis(200));
              } catch (InterruptedException _) {
                return;
              }
              child.close();
            });
    long start = System.nanoTime();
    PrintStream out = new PrintStream(words, true, StandardCharsets.UTF_8);
    Contest contest = new Contest(List.of(new Shell("endless", "sleep 60")), 1, 1, child, out);
    assertThatThrownBy(() -> contest.hold(CELL)).isInstanceOf(InterruptedException.class);
    closer.join();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(30));
  }
}
