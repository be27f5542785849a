package dev.sild.data;

import dev.sild.bindings.Gather;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;

/** Clean samples on a device. Sample i is a pure function of i and of the source's seed. */
public interface Source extends AutoCloseable {

  /** Coordinates of a sample. */
  int dimension();

  /** What the host does for samples {@code firstSample … firstSample + rows}, before the device. */
  void prepare(Stream stream, long firstSample, int rows);

  /**
   * The samples that were prepared, valid until the next call; a stream may record it.
   *
   * @param step what {@link dev.sild.bindings.Step#writeTo} wrote for the first sample
   */
  Gather batch(Stream stream, View step, int rows);

  @Override
  void close();
}
