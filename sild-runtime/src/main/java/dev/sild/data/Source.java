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

  /** Classes of the samples that were prepared, on the host; null where samples have none. */
  default int[] classes() {
    return null;
  }

  /**
   * The same on the device, as a network sees them: (B, classes), a one in the place of a sample's
   * class, nothing where it is hidden; null where nobody asked for them.
   */
  default View labels() {
    return null;
  }

  @Override
  void close();
}
