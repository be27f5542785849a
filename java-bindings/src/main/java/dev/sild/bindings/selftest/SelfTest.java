package dev.sild.bindings.selftest;

import dev.sild.bindings.Device;
import dev.sild.bindings.Precision;
import dev.sild.bindings.Stream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Every op on a device against the same op on another, with small inputs of many shapes. Each case
 * runs twice: on arrays that begin at multiples of 64 bytes, as a program's do, and on arrays that
 * lie one element beside them.
 */
public final class SelfTest {
  private SelfTest() {}

  /** All cases, op by op. */
  static List<Case> cases() {
    List<Case> all = new ArrayList<>();
    all.addAll(TransferCases.all());
    all.addAll(PerturbCases.all());
    all.addAll(DiffusionCases.all());
    all.addAll(LinearCases.all());
    all.addAll(ConvolutionCases.all());
    all.addAll(NormCases.all());
    all.addAll(GroupNormCases.all());
    all.addAll(AttentionCases.all());
    all.addAll(TokenCases.all());
    all.addAll(LatentCases.all());
    all.addAll(TrainingCases.all());
    all.addAll(SamplerCases.all());
    all.addAll(ReductionCases.all());
    return all;
  }

  /** How many results {@link #run} has. */
  public static int results() {
    return 2 * cases().size();
  }

  /**
   * Runs all cases.
   *
   * @param reference what is right: the CPU device in plain f32
   * @param precision how {@code device} was opened
   * @param listener hears of each result as it comes
   * @return the results, two for each case
   */
  public static List<Result> run(
      Device reference, Device device, Precision precision, Consumer<Result> listener) {
    return run(reference, device, precision, _ -> true, listener);
  }

  /** The same for the ops, methods of {@link Stream}, that are asked for. */
  public static List<Result> run(
      Device reference,
      Device device,
      Precision precision,
      Predicate<String> ops,
      Consumer<Result> listener) {
    List<Result> results = new ArrayList<>();
    try (Stream right = reference.openStream();
        Stream tested = device.openStream()) {
      for (Case test : cases()) {
        if (!ops.test(test.op())) continue;
        for (boolean aligned : new boolean[] {true, false}) {
          String name = test.name() + (aligned ? "" : ", unaligned");
          Result result;
          try (Trial expected = new Trial(reference, right, precision, aligned, test.seed());
              Trial actual = new Trial(device, tested, precision, aligned, test.seed())) {
            result = compare(test, name, expected, actual);
          } catch (RuntimeException e) { // whatever the device did, the others' results count
            result = Result.failed(test.op(), name, String.valueOf(e.getMessage()));
          }
          results.add(result);
          listener.accept(result);
        }
      }
    }
    return results;
  }

  private static Result compare(Case test, String name, Trial expected, Trial actual) {
    test.work().accept(expected);
    List<Trial.Values> right = expected.results();
    long begin = System.nanoTime();
    test.work().accept(actual);
    actual.stream().synchronize();
    double seconds = (System.nanoTime() - begin) / 1e9;
    List<Trial.Values> outcome = actual.results();
    if (outcome.isEmpty()) return Result.notOffered(test.op(), name);
    Result worst = null;
    for (int i = 0; i < right.size(); i++) {
      Trial.Values wanted = right.get(i);
      double error =
          wanted.bound().error(outcome.get(i).values(), wanted.values(), wanted.columns());
      Result result =
          new Result(
              test.op(), name, true, wanted.name(), error, wanted.bound().allowed(), seconds, null);
      if (worst == null || result.share() > worst.share()) worst = result;
    }
    return worst;
  }
}
