package dev.sild.cli;

import dev.sild.training.RunDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Consumer;

/** Lines for {@code log.txt} of a run. */
record Log(RunDirectory run) implements Consumer<String> {
  @Override
  public void accept(String line) {
    try {
      run.log(line);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
