package dev.sild.bindings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sild.bindings.cpu.CpuDevice;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ViewTest {
  private final Device device = CpuDevice.open("baseline", 1);
  private final Buffer buffer = device.allocate(240);

  @AfterEach
  void close() {
    buffer.close();
    device.close();
  }

  @Test
  void whatIsWrittenIsRead() {
    View floats = buffer.view(0, DType.F32, 3);
    View ints = buffer.view(12, DType.I32, 2);
    View doubles = buffer.view(24, DType.F64, 1);
    View longs = buffer.view(32, DType.I64, 1);
    floats.write(1, Float.NaN, -0f);
    ints.write(Integer.MIN_VALUE, 7);
    doubles.write(MemorySegment.ofArray(new double[] {Math.PI}));
    longs.write(MemorySegment.ofArray(new long[] {Long.MIN_VALUE}));
    assertThat(floats.floats()).containsExactly(1, Float.NaN, -0f);
    assertThat(ints.ints()).containsExactly(Integer.MIN_VALUE, 7);
    assertThat(doubles.doubles()).containsExactly(Math.PI);
    assertThat(longs.longs()).containsExactly(Long.MIN_VALUE);
    floats.clear();
    assertThat(floats.floats()).containsOnly(0);
    assertThat(ints.ints()).containsExactly(Integer.MIN_VALUE, 7);
  }

  @Test
  void rowsShareTheMemoryOfTheirView() {
    View all = buffer.view(8, DType.F32, 4, 3);
    all.write(0f, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
    View middle = all.rows(1, 2);
    assertThat(middle.shape()).containsExactly(2, 3);
    assertThat(middle.address()).isEqualTo(all.address() + 12);
    assertThat(middle.floats()).containsExactly(3, 4, 5, 6, 7, 8);
    middle.write(0f, 0, 0, 0, 0, 0);
    assertThat(all.floats()).containsExactly(0, 1, 2, 0, 0, 0, 0, 0, 0, 9, 10, 11);
    assertThat(all.first(4)).isSameAs(all);
    assertThat(all.first(0).elements()).isZero();
    assertThat(all.reshape(2, 6).rows(1, 1).floats()).containsExactly(0, 0, 0, 9, 10, 11);
  }

  @Test
  void noViewLeavesItsBuffer() {
    View view = buffer.view(0, DType.F32, 60);
    assertThat(view.bytes()).isEqualTo(buffer.bytes());
    for (long offset : new long[] {-4, 4, Long.MAX_VALUE})
      assertThatThrownBy(() -> buffer.view(offset, DType.F32, 60))
          .isInstanceOf(IndexOutOfBoundsException.class);
    for (long first : new long[] {-1, 51, Long.MAX_VALUE})
      assertThatThrownBy(() -> view.rows(first, 10)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> view.rows(0, -1)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> buffer.view(0, DType.F32, -1, -1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> buffer.view(0, DType.F32, 1L << 62, 4))
        .isInstanceOf(ArithmeticException.class);
  }

  @Test
  void aWrongTypeOrLengthIsRefused() {
    View view = buffer.view(0, DType.F32, 3);
    assertThatThrownBy(() -> view.write(1f, 2f))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("8 bytes for F32[3], which has 12");
    assertThatThrownBy(() -> view.write(1, 2, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("F32[3] does not hold I32");
    assertThatThrownBy(view::doubles)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("F32[3] does not hold F64");
    assertThatThrownBy(() -> view.reshape(4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("F32[3] is not F32[4]");
  }
}
