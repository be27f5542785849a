package dev.sild.bindings.selftest;

/**
 * One case on the device under test.
 *
 * @param op the method of {@link dev.sild.bindings.Stream}
 * @param name what is special about the case
 * @param offered whether the device offers the op in these sizes; if not, nothing was tried
 * @param output the array that came nearest to its bound, or went furthest beyond
 * @param error its largest error, relative as its bound is
 * @param allowed the bound
 * @param seconds how long the device took, from the first array to the last
 * @param failure what went wrong before there was anything to compare, else null
 */
public record Result(
    String op,
    String name,
    boolean offered,
    String output,
    double error,
    double allowed,
    double seconds,
    String failure) {

  static Result notOffered(String op, String name) {
    return new Result(op, name, false, "", 0, 0, 0, null);
  }

  static Result failed(String op, String name, String failure) {
    return new Result(op, name, true, "", Double.NaN, Double.NaN, 0, failure);
  }

  /** Whether the device did what the reference did. */
  public boolean passed() {
    return failure == null && error <= allowed;
  }

  /** The error in units of the bound: 0 … 1 passes. */
  public double share() {
    if (failure != null) return Double.POSITIVE_INFINITY;
    return error == 0 ? 0 : error / allowed;
  }
}
