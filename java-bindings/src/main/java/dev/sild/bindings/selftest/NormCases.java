package dev.sild.bindings.selftest;

import dev.sild.bindings.View;
import java.util.List;

/**
 * Layer norm. Rows are sums over the columns, gradients of gain and shift sums over the batch. From
 * 8192 columns on a row does not fit into a device's registers.
 */
final class NormCases {
  private NormCases() {}

  static List<Case> all() {
    return List.of(
        forward("one column", 31, 1),
        forward("width 31", 33, 31),
        forward("width 64", 257, 64),
        forward("width 1024", 5, 1024),
        forward("longer than the registers", 2, 9000),
        backward("one row", 1, 31, false),
        backward("width 31", 33, 31, false),
        backward("width 64, added", 31, 64, true),
        backward("several blocks of rows", 300, 20, false),
        backward("width 1024", 5, 1024, false),
        backward("several blocks of columns", 2, 1024, true),
        backward("longer than the registers", 2, 9000, true),
        inPlace());
  }

  private static Case forward(String name, long rows, long columns) {
    return new Case(
        "normForward",
        name,
        trial -> {
          Bound bound = Bound.rounding(columns);
          trial.stream()
              .normForward(
                  trial.output("y", bound, rows, columns),
                  trial.output("mean", bound, rows),
                  trial.output("rstd", bound, rows),
                  trial.normal(rows, columns),
                  trial.normal(columns),
                  trial.normal(columns));
        });
  }

  private static Case backward(String name, long rows, long columns, boolean add) {
    return new Case(
        "normBackward",
        name,
        trial -> {
          Bound bound = Bound.rounding(columns);
          View dx =
              add
                  ? trial.state("dx", bound, rows, columns)
                  : trial.output("dx", bound, rows, columns);
          backward(trial, dx, trial.normal(rows, columns), rows, columns, add);
        });
  }

  private static Case inPlace() {
    return new Case(
        "normBackward",
        "dx in the place of dy",
        trial -> {
          View dy = trial.state("dx", Bound.rounding(40), 31, 40);
          backward(trial, dy, dy, 31, 40, false);
        });
  }

  private static void backward(
      Trial trial, View dx, View dy, long rows, long columns, boolean add) {
    trial.stream()
        .normBackward(
            dx,
            trial.output("dgain", Bound.rounding(rows), columns),
            trial.output("dshift", Bound.rounding(rows), columns),
            dy,
            trial.normal(rows, columns),
            trial.scaled(0.1, rows),
            trial.uniform(0.5, 2, rows),
            trial.normal(columns),
            add);
  }
}
