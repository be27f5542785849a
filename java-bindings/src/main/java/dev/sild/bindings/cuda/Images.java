package dev.sild.bindings.cuda;

import dev.sild.bindings.DeviceException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** The compiled kernels in this jar: for each op its PTX, and its cubins in a fat binary. */
final class Images {
  private static final String FOLDER = "/dev/sild/bindings/native/cuda/";

  private Images() {}

  /** Whether this jar was built where nvcc is. */
  static boolean present() {
    return Images.class.getResource(FOLDER + "perturb.ptx") != null;
  }

  /** PTX as a driver takes it: text that ends with a zero. */
  static byte[] ptx(String op) {
    return (new String(read(op + ".ptx"), StandardCharsets.UTF_8) + "\0")
        .getBytes(StandardCharsets.UTF_8);
  }

  static byte[] fatbin(String op) {
    return read(op + ".fatbin");
  }

  /** The library that names ranges for profilers, or null if it was not built. */
  static InputStream profilerNames() {
    return Images.class.getResourceAsStream(FOLDER + "libsild_nvtx.so");
  }

  private static byte[] read(String file) {
    try (InputStream in = Images.class.getResourceAsStream(FOLDER + file)) {
      if (in == null)
        throw new DeviceException(
            "no CUDA kernels in this jar: it was built without nvcc;"
                + " install the CUDA toolkit and build again, or take --device cpu");
      return in.readAllBytes();
    } catch (IOException e) {
      throw new DeviceException("cannot read %s from the jar".formatted(file), e);
    }
  }
}
