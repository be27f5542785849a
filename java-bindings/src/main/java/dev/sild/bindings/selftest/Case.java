package dev.sild.bindings.selftest;

import java.util.function.Consumer;

/**
 * One op with one choice of arguments.
 *
 * @param op the method of {@link dev.sild.bindings.Stream}
 * @param name what is special about these arguments
 * @param work makes the arrays and issues the op; the same on every device
 */
record Case(String op, String name, Consumer<Trial> work) {

  /** Inputs of this case alone, the same in every run. */
  long seed() {
    return 31L * op.hashCode() + name.hashCode();
  }

  @Override
  public String toString() {
    return op + ": " + name;
  }
}
