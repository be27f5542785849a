package dev.sild.data.molecule;

import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.Gather;
import dev.sild.bindings.MemoryPlan;
import dev.sild.bindings.Slot;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import dev.sild.data.Order;
import dev.sild.data.Source;
import dev.sild.data.TokenShape;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Molecules of a bank in some order, as {@link TokenShape} has them: (B, T · V) with a one for each
 * token. Owns its memory.
 */
public final class TokenSource implements Source {
  private final TokenBank bank;
  private final TokenShape shape;
  private final Order order;
  private final MemoryPlan memory = new MemoryPlan("samples");
  private final View all;
  private final View index;
  private final View embedding;
  private final View x;
  private final View tokens;
  private final View scale;
  private final View shift;
  private int[] drawn = {};

  /**
   * @param bank at least one molecule
   * @param batch most samples in a call
   */
  public TokenSource(Device device, TokenBank bank, TokenShape shape, Order order, int batch) {
    this.bank = bank;
    this.shape = shape;
    this.order = order;
    int v = shape.columns();
    Slot rows = memory.add("bank", DType.U8, bank.count(), shape.length());
    Slot numbers = memory.add("index", DType.I32, batch);
    Slot table = memory.add("embedding", v, v);
    Slot samples = memory.add("x", (long) batch * shape.length(), v);
    Slot targets = memory.add("tokens", DType.U8, (long) batch * shape.length());
    Slot ones = memory.add("scale", shape.size());
    Slot zeros = memory.add("shift", shape.size());
    memory.allocate(device);
    all = rows.view();
    all.write(bank.tokens());
    index = numbers.view();
    embedding = table.view();
    float[] identity = new float[v * v];
    for (int i = 0; i < v; i++) identity[i * (v + 1)] = 1;
    embedding.write(identity);
    x = samples.view();
    tokens = targets.view();
    scale = ones.view();
    float[] one = new float[shape.size()];
    Arrays.fill(one, 1);
    scale.write(one);
    shift = zeros.view();
  }

  /** Device memory that a source takes. */
  public static long bytes(TokenBank bank, TokenShape shape, int batch) {
    long v = shape.columns();
    long one = 4L + shape.length() + 4L * shape.size();
    return bank.tokens().length + 4 * v * v + batch * one + 8L * shape.size();
  }

  @Override
  public int dimension() {
    return shape.size();
  }

  @Override
  public void prepare(Stream stream, long firstSample, int rows) {
    drawn = new int[rows];
    for (int i = 0; i < rows; i++) drawn[i] = order.variant(firstSample + i);
    stream.upload(index.first(rows), MemorySegment.ofArray(drawn));
  }

  @Override
  public Gather batch(Stream stream, View step, int rows) {
    View some = x.first((long) rows * shape.length());
    stream.tokenEmbedding(some, tokens(rows), all, index.first(rows), embedding);
    return new Gather(some.reshape(rows, shape.size()), null, scale, shift);
  }

  /** The tokens of the last batch, (B · T) u8: what a cross-entropy compares with. */
  public View tokens(int rows) {
    return tokens.first((long) rows * shape.length());
  }

  @Override
  public int[] classes() {
    int[] classes = new int[drawn.length];
    for (int i = 0; i < drawn.length; i++) classes[i] = bank.labels()[drawn[i]];
    return classes;
  }

  @Override
  public void close() {
    memory.close();
  }
}
