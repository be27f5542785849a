package dev.sild.bindings.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HopperTest {
  /** What NVIDIA's cuda_occupancy.h says for compute capability 9.0. */
  @Test
  void blocksOfAMultiprocessorAreThoseOfNvidiasCalculator() {
    assertThat(Hopper.blocks(32, 128, 256)).isEqualTo(8);
    assertThat(Hopper.blocks(47, 4, 256)).isEqualTo(5);
    assertThat(Hopper.blocks(58, 2048, 256)).isEqualTo(4);
    assertThat(Hopper.blocks(73, 64, 512)).isEqualTo(1);
    assertThat(Hopper.blocks(128, 0, 128)).isEqualTo(4);
    assertThat(Hopper.blocks(90, 40000, 256)).isEqualTo(2);
    assertThat(Hopper.blocks(255, 232000, 256)).isEqualTo(1);
    assertThat(Hopper.blocks(16, 0, 32)).isEqualTo(32);
    assertThat(Hopper.blocks(168, 33000, 96)).isEqualTo(4);
  }

  @Test
  void occupancyIsTheShareOf64Warps() {
    assertThat(Hopper.occupancy(32, 128, 256)).isEqualTo(100);
    assertThat(Hopper.occupancy(47, 4, 256)).isEqualTo(62);
  }
}
