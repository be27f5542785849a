package dev.sild.bindings.selftest;

import dev.sild.bindings.Activation;
import dev.sild.bindings.View;
import java.util.List;

/**
 * Group norm. A group is a sum over its numbers, the gradient of a channel one over its pixels and
 * of the parameters over the batch too. From 8192 numbers on a group does not fit into a device's
 * registers.
 */
final class GroupNormCases {
  /**
   * Sizes of a case.
   *
   * @param shared whether all rows have one modulation
   */
  private record Sizes(
      long rows, long channels, long pixels, int groups, boolean modulated, boolean shared) {
    long modulationRows() {
      return shared ? 1 : rows;
    }

    View modulation(Trial trial) {
      return modulated ? trial.scaled(0.3, modulationRows(), 2 * channels) : null;
    }
  }

  private GroupNormCases() {}

  static List<Case> all() {
    return List.of(
        forward("one pixel", new Sizes(31, 8, 1, 2, true, false), Activation.SILU),
        forward("31 pixels", new Sizes(3, 6, 31, 3, true, true), Activation.SILU),
        forward("no modulation", new Sizes(5, 4, 64, 4, false, false), Activation.IDENTITY),
        forward("one group", new Sizes(2, 7, 36, 1, true, false), Activation.SILU),
        forward(
            "longer than the registers", new Sizes(2, 3, 3000, 1, true, false), Activation.SILU),
        forward("odd and long", new Sizes(1, 2, 5001, 1, false, false), Activation.SILU),
        backward("one pixel", new Sizes(31, 8, 1, 2, true, false), Activation.SILU, false),
        backward("31 pixels", new Sizes(40, 6, 31, 3, true, true), Activation.SILU, false),
        backward("no modulation", new Sizes(70, 4, 64, 4, false, false), Activation.IDENTITY, true),
        backward("one group", new Sizes(2, 70, 36, 1, true, false), Activation.SILU, true),
        backward("many rows", new Sizes(80, 3, 2, 3, true, false), Activation.SILU, false),
        backward("long planes", new Sizes(2, 2, 9000, 1, true, false), Activation.SILU, true),
        backward("odd and long", new Sizes(1, 2, 5001, 2, false, false), Activation.SILU, false),
        inPlace());
  }

  private static Case forward(String name, Sizes of, Activation activation) {
    return new Case(
        "groupNormForward",
        name,
        trial -> {
          Bound bound = Bound.rounding(of.channels / of.groups * of.pixels);
          trial.stream()
              .groupNormForward(
                  trial.output("y", bound, of.rows, of.channels, of.pixels),
                  trial.output("mean", bound, of.rows, of.groups),
                  trial.output("rstd", bound, of.rows, of.groups),
                  trial.normal(of.rows, of.channels, of.pixels),
                  trial.normal(of.channels),
                  trial.normal(of.channels),
                  of.modulation(trial),
                  of.groups,
                  activation);
        });
  }

  private static Case backward(String name, Sizes of, Activation activation, boolean add) {
    return new Case(
        "groupNormBackward",
        name,
        trial -> {
          Bound bound = Bound.rounding(of.channels / of.groups * of.pixels);
          View dx =
              add
                  ? trial.state("dx", bound, of.rows, of.channels, of.pixels)
                  : trial.output("dx", bound, of.rows, of.channels, of.pixels);
          backward(trial, dx, trial.normal(of.rows, of.channels, of.pixels), of, activation, add);
        });
  }

  private static Case inPlace() {
    Sizes of = new Sizes(5, 6, 20, 2, true, false);
    return new Case(
        "groupNormBackward",
        "dx in the place of dy",
        trial -> {
          View dy = trial.state("dx", Bound.rounding(60), of.rows, of.channels, of.pixels);
          backward(trial, dy, dy, of, Activation.SILU, false);
        });
  }

  private static void backward(
      Trial trial, View dx, View dy, Sizes of, Activation activation, boolean add) {
    Bound bound = Bound.rounding(of.rows * of.pixels);
    trial.stream()
        .groupNormBackward(
            dx,
            trial.output("dgain", bound, of.channels),
            trial.output("dshift", bound, of.channels),
            of.modulated
                ? trial.output("dmodulation", Bound.rounding(of.pixels), of.rows, 2 * of.channels)
                : null,
            dy,
            trial.normal(of.rows, of.channels, of.pixels),
            trial.scaled(0.1, of.rows, of.groups),
            trial.uniform(0.5, 2, of.rows, of.groups),
            trial.normal(of.channels),
            trial.normal(of.channels),
            of.modulation(trial),
            of.groups,
            activation,
            add);
  }
}
