package dev.sild.export;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import dev.sild.UserException;
import dev.sild.data.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.ValueLayout;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * An ONNX graph while it is made. Its values are strings, as in the format: every method that makes
 * one returns its name. The same calls give the same bytes.
 */
public final class OnnxGraph {
  private static final int OPSET = 17; // the first with LayerNormalization
  private static final int IR_VERSION = 8; // the one that came with it
  private static final long LARGEST = Integer.MAX_VALUE - (1 << 24); // the rest is for names

  private final GraphProto.Builder graph = GraphProto.newBuilder();
  private final Set<String> tensors = new HashSet<>();
  private long bytes;

  /** An empty graph. */
  public OnnxGraph(String name) {
    graph.setName(name);
  }

  /**
   * An f32 input.
   *
   * @param shape sizes; −1 for one that the caller chooses, the first of them the batch
   */
  public String input(String name, long... shape) {
    graph.addInput(value(name, shape));
    return name;
  }

  /** Makes {@code value} an f32 output of that name and shape. */
  public void output(String name, String value, long... shape) {
    graph.addNode(NodeProto.newBuilder().setOpType("Identity").addInput(value).addOutput(name));
    graph.addOutput(value(name, shape));
  }

  /**
   * An F32 or I64 constant under its own name. The same name again is the same constant.
   *
   * @throws UserException if the graph grows beyond what the format holds
   */
  public String constant(Tensor tensor) {
    if (!tensors.add(tensor.name())) return tensor.name();
    bytes += tensor.data().byteSize();
    if (bytes > LARGEST)
      throw new UserException("an ONNX file holds less than 2 GiB: --format safetensors has room");
    TensorProto.Builder proto = TensorProto.newBuilder().setName(tensor.name());
    for (long size : tensor.shape()) proto.addDims(size);
    proto.setDataType(
        (switch (tensor.dtype()) {
              case "F32" -> TensorProto.DataType.FLOAT;
              case "I64" -> TensorProto.DataType.INT64;
              default -> throw new IllegalArgumentException(tensor.dtype());
            })
            .getNumber());
    graph.addInitializer(
        proto.setRawData(ByteString.copyFrom(tensor.data().toArray(ValueLayout.JAVA_BYTE))));
    return tensor.name();
  }

  /** A single number. */
  public String constant(double number) {
    return constant(Tensor.of("constant " + (float) number, new float[] {(float) number}));
  }

  /** What an operator of ONNX makes of its inputs. */
  public String op(String type, String... inputs) {
    return op(type, List.of(), inputs);
  }

  /** The same with attributes. */
  public String op(String type, List<AttributeProto> attributes, String... inputs) {
    String name = "%s %d".formatted(type, graph.getNodeCount());
    graph.addNode(
        NodeProto.newBuilder()
            .setOpType(type)
            .setName(name)
            .addAllInput(List.of(inputs))
            .addAllAttribute(attributes)
            .addOutput(name));
    return name;
  }

  /** A whole attribute. */
  public static AttributeProto attribute(String name, long value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INT)
        .setI(value)
        .build();
  }

  /** An attribute that is a row of whole numbers. */
  public static AttributeProto attribute(String name, List<Long> values) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INTS)
        .addAllInts(values)
        .build();
  }

  /** A real attribute. */
  public static AttributeProto attribute(String name, float value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.FLOAT)
        .setF(value)
        .build();
  }

  /**
   * Writes the model.
   *
   * @param metadata free strings that travel with it
   */
  public void write(FileChannel channel, Map<String, String> metadata) throws IOException {
    ModelProto.Builder model =
        ModelProto.newBuilder()
            .setIrVersion(IR_VERSION)
            .setProducerName("SiLD")
            .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(OPSET))
            .setGraph(graph);
    new TreeMap<>(metadata)
        .forEach((key, value) ->
            model.addMetadataProps(
                StringStringEntryProto.newBuilder().setKey(key).setValue(value)));
    OutputStream out = Channels.newOutputStream(channel); // not closed: the channel is the caller's
    model.build().writeTo(out);
    out.flush();
  }

  private static ValueInfoProto value(String name, long... shape) {
    TensorShapeProto.Builder sizes = TensorShapeProto.newBuilder();
    for (int i = 0; i < shape.length; i++) {
      TensorShapeProto.Dimension.Builder size = sizes.addDimBuilder();
      if (shape[i] >= 0) size.setDimValue(shape[i]);
      else size.setDimParam(i == 0 ? "batch" : "size" + i);
    }
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder()
                        .setElemType(TensorProto.DataType.FLOAT.getNumber())
                        .setShape(sizes)))
        .build();
  }
}
