package dev.sild.evaluation;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.sild.UserException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** A user's ONNX file in ONNX Runtime. The same inputs give the same outputs, bit for bit. */
final class OnnxNet implements AutoCloseable {
  private final Path file;
  private final OrtSession session;
  private final List<Input> inputs = new ArrayList<>();

  /**
   * An input of f32 numbers.
   *
   * @param shape sizes, −1 for one that the caller chooses
   */
  record Input(String name, long[] shape) {}

  /** The first output, row-major. */
  record Output(float[] values, long[] shape) {}

  /**
   * Opens the file.
   *
   * @param threads within one operator
   * @throws UserException if it is not there, no ONNX, or takes something else than f32 arrays
   */
  OnnxNet(Path file, int threads) {
    this.file = file;
    if (!Files.isRegularFile(file)) throw new UserException("no file %s".formatted(file));
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(threads);
      options.setInterOpNumThreads(1);
      options.setDeterministicCompute(true);
      options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL); // exceptions say it all
      session = environment().createSession(file.toString(), options);
    } catch (OrtException e) {
      throw new UserException("%s: ONNX Runtime cannot open it: %s".formatted(file, oneLine(e)), e);
    }
    try {
      for (NodeInfo input : session.getInputInfo().values()) {
        if (!(input.getInfo() instanceof TensorInfo info) || info.type != OnnxJavaType.FLOAT)
          throw new UserException(
              "%s: its input %s is no array of 32-bit floats".formatted(file, input.getName()));
        inputs.add(new Input(input.getName(), info.getShape()));
      }
    } catch (OrtException | UserException e) {
      close();
      throw e instanceof UserException user ? user : failed(e);
    }
  }

  private static OrtEnvironment environment() {
    return OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
  }

  List<Input> inputs() {
    return inputs;
  }

  /** Runs the network on one array an input, and returns its first output. */
  Output run(List<float[]> arrays, List<long[]> shapes) {
    Map<String, OnnxTensor> tensors = new HashMap<>();
    try {
      for (int i = 0; i < inputs.size(); i++)
        tensors.put(
            inputs.get(i).name(),
            OnnxTensor.createTensor(environment(), FloatBuffer.wrap(arrays.get(i)), shapes.get(i)));
      try (OrtSession.Result result = session.run(tensors)) {
        if (!(result.get(0) instanceof OnnxTensor output)
            || output.getInfo().type != OnnxJavaType.FLOAT)
          throw new UserException(
              "%s: its first output is no array of 32-bit floats".formatted(file));
        float[] values = new float[Math.toIntExact(output.getInfo().getNumElements())];
        output.getFloatBuffer().get(values);
        for (float value : values)
          if (!Float.isFinite(value))
            throw new UserException("%s: an output is not finite".formatted(file));
        return new Output(values, output.getInfo().getShape());
      }
    } catch (OrtException e) {
      throw failed(e);
    } finally {
      tensors.values().forEach(OnnxTensor::close);
    }
  }

  private UserException failed(Exception e) {
    return new UserException("%s: ONNX Runtime cannot run it: %s".formatted(file, oneLine(e)), e);
  }

  private static String oneLine(Exception e) {
    return String.valueOf(e.getMessage()).strip().replaceAll("\\s+", " ");
  }

  /** SHA-256 of the file, in hexadecimal. */
  String digest() {
    try (InputStream in =
        new DigestInputStream(Files.newInputStream(file), MessageDigest.getInstance("SHA-256"))) {
      in.transferTo(java.io.OutputStream.nullOutputStream());
      return HexFormat.of().formatHex(((DigestInputStream) in).getMessageDigest().digest());
    } catch (IOException e) {
      throw new UserException("cannot read %s: %s".formatted(file, e.getMessage()), e);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e); // every Java has it
    }
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }
}
