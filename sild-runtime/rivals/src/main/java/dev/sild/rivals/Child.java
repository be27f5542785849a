package dev.sild.rivals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.ObjectMapper;

/** Runs programs as processes, one at a time, and ends the one that runs when it is closed. */
final class Child implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private volatile Process running;
  private volatile boolean closed;

  /** A program did not start, or did not do its job; the message is one line. */
  static final class FailedException extends Exception {
    FailedException(String message) {
      super(message);
    }
  }

  /**
   * One run of a program.
   *
   * @throws InterruptedException if this is closed meanwhile
   */
  Measured run(Program program, Cell cell, double seconds)
      throws FailedException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(program.command(cell, seconds));
    builder.environment().putAll(program.environment(cell));
    String line = lastLine(builder);
    try {
      return program.read(JSON.readTree(line), cell);
    } catch (JacksonException e) {
      throw new FailedException("its last line is no result: " + line);
    }
  }

  /** It writes into files: a pipe would stay open with what a dead program had started. */
  private String lastLine(ProcessBuilder builder) throws FailedException, InterruptedException {
    Path said = null;
    Path complained = null;
    try {
      said = Files.createTempFile("rivals", ".out");
      complained = Files.createTempFile("rivals", ".err");
      running = builder.redirectOutput(said.toFile()).redirectError(complained.toFile()).start();
      if (closed) close();
      int code = running.waitFor();
      if (closed) throw new InterruptedException("closed");
      List<String> lines = Files.readAllLines(said);
      if (code == 0 && !lines.isEmpty()) return lines.getLast();
      throw new FailedException(
          lastOf(Files.readAllLines(complained), "it ended with code %d and said nothing", code));
    } catch (IOException e) {
      throw new FailedException(String.valueOf(e.getMessage()));
    } finally {
      delete(said);
      delete(complained);
    }
  }

  /** A stack trace is long; what it is about stands in the last line that is not part of it. */
  private static String lastOf(List<String> lines, String otherwise, int code) {
    return lines.reversed().stream()
        .filter(line -> !line.isBlank() && !line.startsWith("\t") && !line.startsWith("  "))
        .findFirst()
        .orElse(otherwise.formatted(code));
  }

  private static void delete(Path file) {
    try {
      if (file != null) Files.deleteIfExists(file);
    } catch (IOException _) {
      // a file of a few words stays in the folder for temporary files
    }
  }

  /** May be called by another thread, at any time. */
  @Override
  public void close() {
    closed = true;
    Process process = running;
    if (process == null) return;
    process.descendants().forEach(ProcessHandle::destroy);
    process.destroy();
  }
}
