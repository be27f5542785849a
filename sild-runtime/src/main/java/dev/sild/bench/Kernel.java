package dev.sild.bench;

/**
 * One op at one size.
 *
 * @param name the op and its sizes, rows first
 * @param setup makes operands and returns what issues the op
 */
public record Kernel(String name, Work work, Setup setup) {

  /** Lays the operands of an op on a desk. */
  @FunctionalInterface
  interface Setup {
    Runnable on(Desk desk);
  }
}
