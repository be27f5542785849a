package dev.sild.bindings.cpu;

import dev.sild.bindings.Shapes;
import dev.sild.bindings.View;

/** What a downcall into libsild_cpu needs before and after. */
final class Call {
  private Call() {}

  /** The address of a view, 0 for null. */
  static long address(View view) {
    return view == null ? 0 : view.address();
  }

  /** Throws what a status other than 0 means, with the op and its shapes. */
  static void check(int status, String op, View... views) {
    if (status != 0) Status.check(status, Shapes.describe(op, views));
  }

  /** What a failed {@code invokeExact} is: a bug of this package, nothing else. */
  static AssertionError bug(Throwable t) {
    return new AssertionError(t);
  }
}
