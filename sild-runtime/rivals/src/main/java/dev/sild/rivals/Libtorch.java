package dev.sild.rivals;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * libtorch, PyTorch without Python, with MKL.
 *
 * @param home folder of this module
 * @param instructions amx, avx512_bf16, avx512, avx2, or null for all that the processor has
 */
record Libtorch(Path home, Way way, String instructions) implements Program {

  /** How one writes for it. */
  enum Way {
    /** Modules and optimisers as in a tutorial; automatic casts for bf16. */
    EAGER,
    /** As fast as its interface allows; convolutions in the layout that is faster here. */
    TUNED,
    /** Tuned training with tensors in f32, whose products oneDNN computes in bf16. */
    MEDIUM;

    @Override
    public String toString() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  @Override
  public String name() {
    return "libtorch " + way;
  }

  @Override
  public boolean does(Cell cell) {
    return way != Way.MEDIUM || (cell.job().trains() && cell.precision().equals("bf16"));
  }

  @Override
  public List<String> command(Cell cell, double seconds) {
    return Jvm.command(
        TorchMain.class,
        List.of("-Dorg.bytedeco.javacpp.cachedir=" + home.resolve("target/javacpp")),
        List.of(
            cell.job().toString(),
            way.name(),
            cell.precision(),
            String.valueOf(cell.threads()),
            String.valueOf(seconds)));
  }

  @Override
  public Map<String, String> environment(Cell cell) {
    Path mkl = home.resolve("target/mkl/org/bytedeco/mkl/linux-x86_64");
    String threads = String.valueOf(cell.threads());
    Map<String, String> all = new HashMap<>();
    all.put("LD_PRELOAD", mkl.resolve("libmkl_rt.so.3").toString());
    all.put("LD_LIBRARY_PATH", mkl.toString());
    all.put("MKL_THREADING_LAYER", "GNU"); // libtorch's own OpenMP
    all.put("OMP_NUM_THREADS", threads);
    all.put("MKL_NUM_THREADS", threads);
    // freed tensors stay in the process: without this every large one is new, zeroed pages
    all.put("MALLOC_MMAP_THRESHOLD_", "33554432");
    all.put("MALLOC_TRIM_THRESHOLD_", "2147483648");
    if (instructions != null) all.putAll(limits());
    return all;
  }

  private Map<String, String> limits() {
    String oneDnn =
        switch (instructions) {
          case "amx" -> "AVX512_CORE_AMX";
          case "avx512_bf16" -> "AVX512_CORE_BF16";
          case "avx512" -> "AVX512_CORE";
          default -> "AVX2";
        };
    boolean wide = !instructions.equals("avx2");
    return Map.of(
        "ONEDNN_MAX_CPU_ISA", oneDnn,
        "MKL_ENABLE_INSTRUCTIONS", wide ? "AVX512" : "AVX2",
        "ATEN_CPU_CAPABILITY", wide ? "avx512" : "avx2");
  }
}
