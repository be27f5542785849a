package dev.sild.cli;

import java.util.concurrent.atomic.AtomicBoolean;

/** Ctrl-C: long work is asked to stop at its next safe place, and the process waits until it has. */
final class Interrupt {
  private static final long PATIENCE_MILLIS = 60_000;

  private static final AtomicBoolean ASKED = new AtomicBoolean();

  private Interrupt() {}

  /** From here on, Ctrl-C and SIGTERM wait for the calling thread to end. */
  static void waitForThisThread() {
    Thread worker = Thread.currentThread();
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  ASKED.set(true);
                  try {
                    worker.join(PATIENCE_MILLIS);
                  } catch (InterruptedException _) {
                    Thread.currentThread().interrupt();
                  }
                }));
  }

  /** Whether the process was asked to stop. */
  static boolean happened() {
    return ASKED.get();
  }
}
