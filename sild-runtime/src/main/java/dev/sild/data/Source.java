package dev.sild.data;

import dev.sild.bindings.Gather;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;

/** Clean samples on a device. Sample i is a pure function of i and of the source's seed. */
public interface Source extends AutoCloseable {

  /** Coordinates of a sample. */
  int dimension();

  /**
   * Samples {@code firstSample … firstSample + rows}, valid until the next call.
   *
   * @param step what {@link dev.sild.bindings.Step#writeTo} wrote for {@code firstSample}
   */
  Gather batch(Stream stream, View step, long firstSample, int rows);

  @Override
  void close();
}
