package dev.sild.bindings.cuda;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What an H100 SXM allows: NVIDIA's figures, at 1.83 GHz on 132 multiprocessors. */
final class Hopper {
  private static final double BYTES_PER_SECOND = 3.35e12;
  private static final double INSTRUCTIONS_PER_SECOND = 30.9e12; // of a thread
  private static final double SPECIAL_PER_SECOND = 3.87e12;
  private static final Map<String, Double> TENSOR_FLOPS = Map.of("bf16", 990e12, "tf32", 495e12);

  // One multiprocessor.
  private static final int WARPS = 64;
  private static final int BLOCKS = 32;
  private static final int QUARTERS = 4;
  private static final int REGISTERS_OF_QUARTER = 65536 / QUARTERS;
  private static final int REGISTER_UNIT = 256; // a warp's come in such pieces
  private static final int SHARED = 233472;
  private static final int SHARED_OF_BLOCK = 1024; // what the system takes for each
  private static final int SHARED_UNIT = 128;

  private static final Pattern MMA = Pattern.compile("mma\\.sync.*m(\\d+)n(\\d+)k(\\d+).*");

  private Hopper() {}

  /** A lower bound of a time, and what sets it. */
  record Bound(double seconds, String by) {
    private Bound atLeast(double others, String name) {
      return others > seconds ? new Bound(others, name) : this;
    }
  }

  /**
   * The largest of four times: the least bytes through memory, all instructions through the issue
   * slots, the special functions, the tensor cores. Instructions are those of the PTX; the
   * machine's are fewer where it joins two, more where a division or a root is several.
   */
  static Bound bound(double leastBytes, Statistics run) {
    double special = 0;
    double tensor = 0;
    for (var opcode : run.opcodes().entrySet()) {
      if (isSpecial(opcode.getKey())) special += opcode.getValue();
      tensor += tensorSeconds(opcode.getKey(), opcode.getValue());
    }
    return new Bound(leastBytes / BYTES_PER_SECOND, "HBM")
        .atLeast(run.get("instructions") / INSTRUCTIONS_PER_SECOND, "issue")
        .atLeast(special / SPECIAL_PER_SECOND, "MUFU")
        .atLeast(tensor, "tensor");
  }

  /** Exact roots and divisions begin with an approximation, too. */
  private static boolean isSpecial(String opcode) {
    return opcode.matches("(ex2|lg2|sin|cos|tanh|rcp|rsqrt|sqrt|div)\\..*");
  }

  private static double tensorSeconds(String opcode, long lanes) {
    Matcher shape = MMA.matcher(opcode);
    if (!shape.matches()) return 0;
    double flops = 2.0;
    for (int i = 1; i <= 3; i++) flops *= Integer.parseInt(shape.group(i));
    return lanes / 32.0 * flops / TENSOR_FLOPS.get(opcode.contains("tf32") ? "tf32" : "bf16");
  }

  /** Blocks that a multiprocessor can have at once. */
  static int blocks(int registers, int shared, int threads) {
    int warps = Math.ceilDiv(threads, 32);
    int ofWarp = Math.ceilDiv(registers * 32, REGISTER_UNIT) * REGISTER_UNIT;
    int byRegisters = REGISTERS_OF_QUARTER / ofWarp * QUARTERS / warps;
    int ofBlock = Math.ceilDiv(shared + SHARED_OF_BLOCK, SHARED_UNIT) * SHARED_UNIT;
    return Math.min(Math.min(BLOCKS, WARPS / warps), Math.min(byRegisters, SHARED / ofBlock));
  }

  /** Percent of a multiprocessor's warps that can be there at once. */
  static int occupancy(int registers, int shared, int threads) {
    return 100 * blocks(registers, shared, threads) * Math.ceilDiv(threads, 32) / WARPS;
  }
}
