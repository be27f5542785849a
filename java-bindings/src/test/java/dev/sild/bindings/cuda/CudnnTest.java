package dev.sild.bindings.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sild.bindings.Convolution;
import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.DeviceException;
import dev.sild.bindings.Precision;
import dev.sild.bindings.Resampling;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnDataType;
import jcuda.jcudnn.cudnnHandle;
import jcuda.jcudnn.cudnnTensorDescriptor;
import jcuda.jcudnn.cudnnTensorFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** JCudnn's classes are of 11.7.0, the library that they load of 12.6.0, and cuDNN is a 9. */
@EnabledIf("dev.sild.bindings.cuda.VirtualGpu#orReal")
class CudnnTest {

  @Test
  void classesAndLibraryOfTwoVersionsFit() {
    try (Device device = VirtualGpu.open(Precision.F32)) {
      assertThat(device.freeBytes()).isPositive(); // its context is this thread's now
      assertThat(JCudnn.cudnnGetVersion()).isBetween(90_000L, 99_999L);
      cudnnHandle cudnn = new cudnnHandle();
      assertThat(JCudnn.cudnnCreate(cudnn)).isZero();
      assertThat(JCudnn.cudnnDestroy(cudnn)).isZero();
    }
  }

  @Test
  void aDescriptorSaysWhatItWasTold() {
    cudnnTensorDescriptor tensor = new cudnnTensorDescriptor();
    assertThat(JCudnn.cudnnCreateTensorDescriptor(tensor)).isZero();
    int nchw = cudnnTensorFormat.CUDNN_TENSOR_NCHW;
    int type = cudnnDataType.CUDNN_DATA_FLOAT;
    assertThat(JCudnn.cudnnSetTensor4dDescriptor(tensor, nchw, type, 2, 3, 5, 7)).isZero();
    int[][] told = new int[9][1]; // type, n, c, h, w and their strides
    assertThat(
            JCudnn.cudnnGetTensor4dDescriptor(
                tensor, told[0], told[1], told[2], told[3], told[4], told[5], told[6], told[7],
                told[8]))
        .isZero();
    int[][] wanted = {{type}, {2}, {3}, {5}, {7}, {105}, {35}, {7}, {1}};
    assertThat(told).isDeepEqualTo(wanted);
    assertThat(JCudnn.cudnnSetTensor4dDescriptor(tensor, nchw, type, 2, -3, 5, 7)).isNotZero();
    assertThat(JCudnn.cudnnDestroyTensorDescriptor(tensor)).isZero();
  }

  @Test
  void aRefusalNamesTheOpAndItsShapes() {
    try (Device device = VirtualGpu.open(Precision.F32);
        var buffer = device.allocate(64)) {
      var x = buffer.view(0, DType.F32, 2, 3);
      assertThatThrownBy(() -> CudaConvolutions.check(3000, "conv2d_forward", x))
          .isInstanceOf(DeviceException.class)
          .hasMessage("conv2d_forward F32[2, 3]: cuDNN says CUDNN_STATUS_NOT_SUPPORTED");
    }
  }

  /** In a process of its own: a library once loaded stays. */
  @Test
  @EnabledIf("dev.sild.bindings.cuda.VirtualGpu#present")
  void withoutCudnnOneLineSaysWhatToInstall(@TempDir Path folder)
      throws IOException, InterruptedException {
    List<String> lines = DriverAlone.run(WithoutCudnn.class, folder);
    assertThat(lines)
        .containsExactly(
            "the device works",
            "libcudnn.so.9 is missing, which computes convolutions: install cuDNN 9"
                + " (Debian, Ubuntu: apt install cudnn9-cuda-12)");
  }

  /** A program that opens the device and then meets its first convolution. */
  static final class WithoutCudnn {
    public static void main(String[] arguments) {
      try (Device device = VirtualGpu.open(Precision.F32);
          var stream = device.openStream();
          var buffer = device.allocate(64)) {
        var one = buffer.view(0, DType.F32, 1, 1, 1, 1);
        stream.resample(one, buffer.view(16, DType.F32, 1, 2, 2), 2, 2, Resampling.DOWN, 1, false);
        System.out.println("the device works");
        stream.conv2dForward(one, one, one, null, null, new Convolution(1, 0));
      } catch (DeviceException e) {
        System.out.println(e.getMessage());
      }
    }
  }
}
