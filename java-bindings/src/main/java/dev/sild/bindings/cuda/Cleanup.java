package dev.sild.bindings.cuda;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What was opened, to be closed in reverse order. Nothing here may fail: a lost device has nothing
 * to give back, and a closed context took everything along.
 */
final class Cleanup implements AutoCloseable {
  private final CudaContext context;
  private final Deque<Runnable> actions = new ArrayDeque<>();

  Cleanup(CudaContext context) {
    this.context = context;
  }

  /** Something of the driver's that only exists while the context does. */
  void destroy(Runnable close) {
    actions.push(() -> {
      if (!context.closed()) close.run();
    });
  }

  /** Something that closes itself without an exception. */
  <T extends AutoCloseable> T own(T resource) {
    actions.push(() -> {
      try {
        resource.close();
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    });
    return resource;
  }

  @Override
  public void close() {
    if (!context.closed()) context.makeCurrent();
    while (!actions.isEmpty()) actions.pop().run();
  }
}
