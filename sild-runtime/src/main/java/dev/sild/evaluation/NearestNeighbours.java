package dev.sild.evaluation;

import dev.sild.bindings.Activation;
import dev.sild.bindings.Buffer;
import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.Epilogue;
import dev.sild.bindings.Precision;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import java.util.Arrays;

/**
 * Euclidean distance of each query to the nearest row of a bank.
 *
 * <p>min ‖x − w_j‖² is where ⟨x, w_j⟩ − ½‖w_j‖² is largest: a linear layer and a row maximum on the
 * device, in f32, chunk by chunk in less than 200 MB. Both sides are moved by the bank's mean
 * first, which changes no distance and keeps the cancellation small. The distance to each winner is
 * then computed again in double; where two rows lie closer together than f32 resolves (10⁻⁶ of the
 * squared norms), either may be named.
 *
 * @param distances (q), in the unit of the data
 * @param indices (q), rows of the bank
 */
public record NearestNeighbours(double[] distances, int[] indices) {
  private static final int BANK_ROWS = 8192;
  private static final int QUERY_ROWS = 1024;
  private static final int CHUNK = 8 << 20; // floats: 32 MiB

  /**
   * Searches.
   *
   * @param device does the search; nothing is left on it
   * @param queries (q, p)
   * @param bank (m, p), m ≥ 1
   * @throws IllegalArgumentException if a shape is wrong or a number is not finite
   */
  public static NearestNeighbours of(
      Device device, float[] queries, int q, float[] bank, int m, int p) {
    Rows asked = Rows.of("query", queries, q, p);
    Rows known = Rows.of("bank", bank, m, p);
    if (m < 1) throw new IllegalArgumentException("neighbours in an empty bank");
    double[] nearest = new double[q];
    Arrays.fill(nearest, Double.POSITIVE_INFINITY);
    int[] indices = new int[q];
    if (q > 0) search(device, asked, known, nearest, indices);
    return new NearestNeighbours(Arrays.stream(nearest).map(Math::sqrt).toArray(), indices);
  }

  private static void search(
      Device device, Rows queries, Rows bank, double[] nearest, int[] indices) {
    int p = bank.p();
    double[] centre = bank.mean();
    int bankRows = Math.clamp(CHUNK / p, 1, Math.min(BANK_ROWS, bank.n()));
    int queryRows = Math.clamp(CHUNK / p, 1, Math.min(QUERY_ROWS, queries.n()));
    try (Stream stream = device.openStream(Precision.F32_STRICT);
        Scan scan = new Scan(device, stream, queryRows, bankRows, p)) {
      for (int firstRow = 0; firstRow < bank.n(); firstRow += bankRows) {
        int rows = Math.min(bankRows, bank.n() - firstRow);
        scan.load(bank.centred(firstRow, rows, centre), rows);
        for (int first = 0; first < queries.n(); first += queryRows) {
          int count = Math.min(queryRows, queries.n() - first);
          int[] winners = scan.winners(queries.centred(first, count, centre), count, rows);
          for (int i = 0; i < count; i++) {
            int row = firstRow + winners[i];
            double distance = queries.squaredDistance(first + i, bank, row);
            if (!(distance < nearest[first + i])) continue; // of equal rows, the first
            nearest[first + i] = distance;
            indices[first + i] = row;
          }
        }
      }
    }
  }

  /** Device memory for one chunk of queries against one chunk of the bank. */
  private static final class Scan implements AutoCloseable {
    private final Stream stream;
    private final int p;
    private final Buffer buffer;
    private final View x; // (queryRows, p)
    private final View w; // (bankRows, p)
    private final View bias; // (bankRows)
    private final View scores; // (queryRows · bankRows)
    private final View value; // (queryRows)
    private final View index; // (queryRows)

    Scan(Device device, Stream stream, int queryRows, int bankRows, int p) {
      this.stream = stream;
      this.p = p;
      long[] sizes = {
        (long) queryRows * p,
        (long) bankRows * p,
        bankRows,
        (long) queryRows * bankRows,
        queryRows,
        queryRows
      };
      long[] offsets = new long[sizes.length + 1];
      for (int i = 0; i < sizes.length; i++)
        offsets[i + 1] = offsets[i] + (sizes[i] * DType.F32.bytes() + 63) / 64 * 64;
      buffer = device.allocate(offsets[sizes.length]);
      x = buffer.view(offsets[0], DType.F32, queryRows, p);
      w = buffer.view(offsets[1], DType.F32, bankRows, p);
      bias = buffer.view(offsets[2], DType.F32, bankRows);
      scores = buffer.view(offsets[3], DType.F32, sizes[3]);
      value = buffer.view(offsets[4], DType.F32, queryRows);
      index = buffer.view(offsets[5], DType.I32, queryRows);
    }

    void load(float[] rows, int count) {
      float[] halfNorms = new float[count];
      for (int i = 0; i < count; i++) {
        double sum = 0;
        for (int j = 0; j < p; j++) sum += (double) rows[i * p + j] * rows[i * p + j];
        halfNorms[i] = (float) (-0.5 * sum);
      }
      w.first(count).write(rows);
      bias.first(count).write(halfNorms);
    }

    /** For each query the place in the chunk of ⟨x, w_j⟩ − ½‖w_j‖²'s maximum. */
    int[] winners(float[] queries, int count, int rows) {
      x.first(count).write(queries);
      View score = scores.first((long) count * rows).reshape(count, rows);
      Epilogue epilogue = Epilogue.of(bias.first(rows), Activation.IDENTITY);
      stream.linearForward(score, null, x.first(count), w.first(rows), epilogue);
      stream.rowMaximum(value.first(count), index.first(count), score);
      stream.synchronize();
      return index.first(count).ints();
    }

    @Override
    public void close() {
      buffer.close();
    }
  }
}
