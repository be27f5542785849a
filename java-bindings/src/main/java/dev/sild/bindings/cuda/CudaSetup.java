package dev.sild.bindings.cuda;

import dev.sild.bindings.DeviceException;
import dev.sild.bindings.Finding;
import dev.sild.bindings.Precision;
import java.util.ArrayList;
import java.util.List;

/** What a GPU needs here, and what to do about what is missing. */
public final class CudaSetup {
  private static final String ANY_OP = "time_embedding";

  private CudaSetup() {}

  /** Looks at the jar, the driver, every GPU and the libraries; opens each GPU for a moment. */
  public static List<Finding> findings() {
    List<Finding> findings = new ArrayList<>();
    findings.add(kernels());
    int count;
    try {
      count = Cuda.devices();
    } catch (DeviceException e) {
      findings.add(new Finding("cuda device", "none", e.getMessage()));
      return findings;
    }
    if (count == 0) findings.add(new Finding("cuda device", "none", "no NVIDIA GPU here"));
    findings.add(driver());
    for (int ordinal = 0; ordinal < count; ordinal++) findings.addAll(device(ordinal));
    findings.add(
        library(
            "libcublas.so.12",
            "large plain products are faster with it: install the CUDA toolkit 12.x"
                + " (NVIDIA's apt repository: apt install libcublas-12-6)"));
    findings.add(
        library(
            "libcudnn.so.9",
            "convolutions need it: install cuDNN 9 for CUDA 12"
                + " (NVIDIA's apt repository: apt install cudnn9-cuda-12)"));
    return findings;
  }

  private static Finding kernels() {
    return Images.present()
        ? new Finding("cuda kernels", "PTX and cubins in this jar", "")
        : new Finding(
            "cuda kernels",
            "none in this jar",
            "it was built without nvcc: install the CUDA toolkit and build again (mvn package)");
  }

  private static Finding driver() {
    int version = Cuda.driverVersion();
    String state = "for CUDA %d.%d".formatted(version / 1000, version % 1000 / 10);
    return new Finding(
        "cuda driver", state, version < 11010 ? "older than CUDA 11.1: update it" : "");
  }

  /** A GPU, and in which form its driver takes the kernels. */
  private static List<Finding> device(int ordinal) {
    String name = ordinal == 0 ? "cuda device" : "cuda device " + ordinal;
    try (CudaDevice device = CudaDevice.open(ordinal, Precision.F32)) {
      String state = "%s; %d MiB free".formatted(device.description(), device.freeBytes() >> 20);
      return Images.present()
          ? List.of(new Finding(name, state, ""), loading(name, device))
          : List.of(new Finding(name, state, ""));
    } catch (DeviceException e) {
      return List.of(new Finding(name, "not usable", e.getMessage()));
    }
  }

  private static Finding loading(String name, CudaDevice device) {
    String what = name + " loads";
    try {
      return device.translates(ANY_OP)
          ? new Finding(
              what,
              "PTX, which the driver translates",
              "the first start is slower; a driver for CUDA 13 takes the cubins")
          : new Finding(what, "cubins", "");
    } catch (DeviceException e) {
      return new Finding(what, "nothing", e.getMessage());
    }
  }

  private static Finding library(String name, String advice) {
    return Cuda.finds(name)
        ? new Finding(name, "found", "")
        : new Finding(name, "not found", advice);
  }
}
