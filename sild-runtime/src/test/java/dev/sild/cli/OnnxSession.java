package dev.sild.cli;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** An ONNX file in ONNX Runtime, by nothing but its own description of its inputs. */
record OnnxSession(OrtSession session) implements AutoCloseable {

  static OnnxSession open(Path file) throws OrtException {
    return new OnnxSession(
        OrtEnvironment.getEnvironment()
            .createSession(file.toString(), new OrtSession.SessionOptions()));
  }

  /** The first output for inputs of {@code batch} rows. */
  float[] run(Map<String, float[]> inputs, int batch) throws OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    Map<String, OnnxTensor> tensors = new HashMap<>();
    try {
      for (NodeInfo input : session.getInputInfo().values()) {
        long[] shape = ((TensorInfo) input.getInfo()).getShape();
        shape[0] = batch;
        FloatBuffer values = FloatBuffer.wrap(inputs.get(input.getName()));
        tensors.put(input.getName(), OnnxTensor.createTensor(environment, values, shape));
      }
      try (OrtSession.Result result = session.run(tensors)) {
        FloatBuffer found = ((OnnxTensor) result.get(0)).getFloatBuffer();
        float[] values = new float[found.remaining()];
        found.get(values);
        return values;
      }
    } finally {
      tensors.values().forEach(OnnxTensor::close);
    }
  }

  Map<String, String> metadata() throws OrtException {
    return session.getMetadata().getCustomMetadata();
  }

  @Override
  public void close() throws OrtException {
    session.close();
  }
}
