package dev.sild.baseline;

import dev.sild.bindings.Buffer;
import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import java.util.ArrayList;
import java.util.List;
import org.ejml.data.DMatrixRMaj;

/**
 * Products C v with the covariance C = Σ (x − mean)(x − mean)ᵀ / n of data, on the device in f32.
 * In few dimensions C is formed once, 2 n d² operations; in many it is applied chunk by chunk of
 * the data, 4 n d b operations a product with b columns, and never stored.
 */
final class CovarianceOperator implements AutoCloseable {
  private static final int DENSE = 3072; // d where some 16 products with 96 columns cost as much
  private static final int CHUNK = 8 << 20; // floats of data on the device at a time

  private final float[] data;
  private final int n;
  private final double[] mean;
  private final int d;
  private final int chunk;
  private final List<Buffer> buffers = new ArrayList<>();
  private final Stream stream;
  private final View rows; // (chunk, d)
  private final View dense; // (d, d), null if C is not formed
  private final View products; // (chunk, b), null if C is formed
  private final View block; // (d, b)
  private final View image; // (d, b)

  /** For {@code data} (n, d) and blocks of {@code columns} columns. */
  CovarianceOperator(Device device, float[] data, int n, double[] mean, int columns) {
    this.data = data;
    this.n = n;
    this.mean = mean;
    this.d = mean.length;
    this.chunk = Math.clamp(CHUNK / d, 1, n);
    this.stream = device.openStream();
    try {
      rows = allocate(device, chunk, d);
      dense = d <= DENSE ? allocate(device, d, d) : null;
      products = d <= DENSE ? null : allocate(device, chunk, columns);
      block = allocate(device, d, columns);
      image = allocate(device, d, columns);
      if (dense != null) form();
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /** C v for v (d, b), b the columns announced. */
  DMatrixRMaj times(DMatrixRMaj v) {
    float[] narrow = new float[v.data.length];
    for (int i = 0; i < narrow.length; i++) narrow[i] = (float) v.data[i];
    block.write(narrow);
    if (dense != null) stream.matmul(image, dense, false, block, false, false);
    else timesData();
    stream.synchronize();
    float[] wide = image.floats();
    DMatrixRMaj product = new DMatrixRMaj(v.numRows, v.numCols);
    for (int i = 0; i < wide.length; i++) product.data[i] = (double) wide[i] / n;
    return product;
  }

  private void form() {
    for (int first = 0; first < n; first += chunk) {
      View part = upload(first);
      stream.matmul(dense, part, true, part, false, first > 0);
      stream.synchronize(); // the next chunk takes its place
    }
  }

  private void timesData() {
    for (int first = 0; first < n; first += chunk) {
      View part = upload(first);
      View product = products.first(part.rows());
      stream.matmul(product, part, false, block, false, false);
      stream.matmul(image, part, true, product, false, first > 0);
      stream.synchronize();
    }
  }

  private View upload(int first) {
    int count = Math.min(chunk, n - first);
    float[] centred = new float[count * d];
    for (int i = 0; i < count; i++)
      for (int j = 0; j < d; j++)
        centred[i * d + j] = (float) (data[(first + i) * d + j] - mean[j]);
    View part = rows.first(count);
    part.write(centred);
    return part;
  }

  private View allocate(Device device, long height, long width) {
    Buffer buffer = device.allocate(height * width * DType.F32.bytes());
    buffers.add(buffer);
    return buffer.view(0, DType.F32, height, width);
  }

  @Override
  public void close() {
    stream.close();
    buffers.reversed().forEach(Buffer::close);
  }
}
