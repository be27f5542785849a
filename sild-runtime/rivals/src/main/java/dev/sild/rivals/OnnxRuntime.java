package dev.sild.rivals;

import java.util.List;

/**
 * ONNX Runtime. It samples, in f32.
 *
 * @param instructions null, or the set that programs are held to: it cannot be held
 */
record OnnxRuntime(String instructions) implements Program {
  @Override
  public String name() {
    return "onnxruntime";
  }

  @Override
  public boolean does(Cell cell) {
    boolean draws = !cell.job().trains() && !cell.job().convolves();
    return instructions == null && draws && cell.precision().equals("f32");
  }

  @Override
  public List<String> command(Cell cell, double seconds) {
    return Jvm.command(
        OnnxMain.class,
        List.of(),
        List.of(cell.job().toString(), String.valueOf(cell.threads()), String.valueOf(seconds)));
  }
}
