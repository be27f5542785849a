package dev.sild.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.network.Parameters.Kind;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ParametersTest {
  private static final Noise NOISE = new Noise(20261122, 1);

  @Test
  void theSameNameAgainIsTheSameTensor() {
    try (Parameters parameters = new Parameters()) {
      Parameter first = parameters.normal("w", 1, 3, 4);
      assertThat(parameters.constant("w", 0, 3, 4)).isSameAs(first);
      assertThat(parameters.count()).isEqualTo(12);
      assertThatIllegalArgumentException().isThrownBy(() -> parameters.normal("w", 1, 4, 3));
    }
  }

  @Test
  void afterAllocationOnlyKnownTensorsAreDeclared() {
    try (Device device = Device.open("cpu");
        Parameters parameters = new Parameters()) {
      Parameter w = parameters.normal("w", 1, 3);
      assertThatIllegalStateException().isThrownBy(w::value);
      parameters.allocate(device, false);
      parameters.allocate(device, false);
      assertThat(parameters.normal("w", 1, 3)).isSameAs(w);
      assertThatIllegalStateException().isThrownBy(() -> parameters.normal("v", 1, 3));
      assertThatIllegalStateException().isThrownBy(w::gradient);
    }
  }

  @Test
  void tensorsDoNotOverlapInTheirArena() {
    try (Device device = Device.open("cpu");
        Parameters parameters = new Parameters()) {
      Parameter a = parameters.constant("a", 1, 5);
      Parameter b = parameters.constant("b", 1, 1);
      parameters.allocate(device, true);
      a.value().write(1f, 2f, 3f, 4f, 5f);
      b.value().write(6f);
      assertThat(a.value().floats()).containsExactly(1, 2, 3, 4, 5);
      assertThat(a.value().address() % 64).isZero();
      assertThat(b.value().address() % 64).isZero();
      assertThat(a.gradient().floats()).containsOnly(0);
      assertThat(parameters.get("none")).isNull();
      assertThat(parameters.arenaBytes()).isEqualTo(parameters.flat(Kind.AVERAGE).bytes());
    }
  }

  /** Mean and variance of n normals: standard errors s/√n and s²√(2/n). */
  @Test
  void initialValuesHaveTheirLawAndTheAverageBeginsThere() {
    try (Device device = Device.open("cpu");
        Stream stream = device.openStream();
        Parameters parameters = new Parameters()) {
      int n = 40_000;
      Parameter w = parameters.normal("w", 0.3, 200, 200);
      Parameter v = parameters.normal("v", 0.3, 200, 200);
      Parameter c = parameters.constant("c", 2, 7);
      parameters.allocate(device, true);
      parameters.initialise(stream, NOISE);
      double sum = 0;
      double squares = 0;
      double products = 0;
      float[] other = v.value().floats();
      float[] values = w.value().floats();
      for (int i = 0; i < n; i++) {
        sum += values[i];
        squares += values[i] * values[i];
        products += values[i] * other[i];
      }
      assertThat(sum / n).isCloseTo(0, within(4 * 0.3 / Math.sqrt(n)));
      assertThat(squares / n).isCloseTo(0.09, within(4 * 0.09 * Math.sqrt(2.0 / n)));
      assertThat(products / n).isCloseTo(0, within(4 * 0.09 / Math.sqrt(n)));
      assertThat(c.value().floats()).containsOnly(2);
      for (Parameter p : parameters.all())
        assertThat(p.in(Kind.AVERAGE).floats()).isEqualTo(p.value().floats());
    }
  }

  @Test
  void aPlanIsAPromiseUntilItIsAllocated() {
    try (Device device = Device.open("cpu");
        MemoryPlan plan = new MemoryPlan("test")) {
      Slot a = plan.add("a", 3);
      Slot b = plan.add("b", DType.I64, 2, 2);
      assertThatIllegalStateException().isThrownBy(a::view);
      assertThat(plan.bytes()).isEqualTo(128); // multiples of 64
      plan.allocate(device);
      a.view().write(1f, 2f, 3f);
      assertThat(b.view().longs()).containsOnly(0);
      assertThat(a.view().address() % 64).isZero();
      assertThat(b.view().address() % 64).isZero();
      assertThatIllegalStateException().isThrownBy(() -> plan.add("c", 1));
    }
  }

  @Test
  void weightsGoFromOneSetOfParametersToAnother() {
    try (Device device = Device.open("cpu");
        Stream stream = device.openStream();
        Parameters from = new Parameters();
        Parameters to = new Parameters()) {
      from.normal("w", 1, 3, 2);
      to.normal("w", 1, 3, 2);
      from.allocate(device, true);
      to.allocate(device, false);
      from.initialise(stream, NOISE);
      Weights weights = Weights.of(from, Kind.AVERAGE);
      weights.copyTo(to, Kind.VALUE);
      assertThat(to.get("w").value().floats()).isEqualTo(from.get("w").value().floats());
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new Weights(Map.of()).copyTo(to, Kind.VALUE))
          .withMessageContaining("w");
    }
  }
}
