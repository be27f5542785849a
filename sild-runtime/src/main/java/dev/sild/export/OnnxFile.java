package dev.sild.export;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** ONNX files of other programs. */
public final class OnnxFile {
  private OnnxFile() {}

  /** Numbers in all initialisers of a graph, even if their values lie in another file. */
  public static long parameters(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      long parameters = 0;
      for (TensorProto tensor : ModelProto.parseFrom(in).getGraph().getInitializerList())
        parameters +=
            tensor.getDimsList().stream().mapToLong(Long::longValue).reduce(1, (a, b) -> a * b);
      return parameters;
    }
  }
}
