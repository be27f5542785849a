package dev.sild.cli;

import dev.sild.Progress;
import java.io.PrintStream;
import java.util.function.Consumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * A bar with rate and time left on stderr, where that is a terminal; remarks go to a stream and the
 * log.
 */
final class TerminalProgress implements Progress {
  private final PrintStream words;
  private final Consumer<String> log;
  private ProgressBar bar;

  TerminalProgress(PrintStream words, Consumer<String> log) {
    this.words = words;
    this.log = log;
  }

  @Override
  public void begin(String task, String unit, long done, long total) {
    if (System.console() == null || !System.console().isTerminal()) return;
    bar =
        new ProgressBarBuilder()
            .setTaskName(task)
            .setUnit(" " + unit, 1)
            .setInitialMax(total)
            .startsFrom(done, java.time.Duration.ZERO)
            .setStyle(ProgressBarStyle.ASCII)
            .showSpeed()
            .build();
  }

  @Override
  public void advance(long done) {
    if (bar != null) bar.stepTo(done);
  }

  @Override
  public void end() {
    if (bar != null) bar.close();
    bar = null;
  }

  @Override
  public void say(String line) {
    words.println(line);
    log.accept(line);
  }
}
