package dev.sild.cli;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Ctrl-C: long work is asked to stop at its next safe place, and the process waits until it has.
 */
final class Interrupt {
  private static final long PATIENCE_MILLIS = 60_000;

  private static final AtomicBoolean ASKED = new AtomicBoolean();

  private static Thread hook;

  private Interrupt() {}

  /** From here on, Ctrl-C and SIGTERM wait for the calling thread to end. */
  static synchronized void waitForThisThread() {
    over();
    Thread worker = Thread.currentThread();
    hook =
        new Thread(() -> {
          ASKED.set(true);
          try {
            worker.join(PATIENCE_MILLIS);
          } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
          }
        });
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** The work is over: an exit waits no longer. */
  static synchronized void over() {
    if (hook == null) return;
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException _) {
      ASKED.set(true); // the shutdown has begun, and waits for this thread
    }
    hook = null;
  }

  /** Whether the process was asked to stop. */
  static boolean happened() {
    return ASKED.get();
  }
}
