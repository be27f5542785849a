package dev.sild.bindings.cuda;

import static dev.sild.bindings.cuda.CudaConvolutions.check;
import static jcuda.jcudnn.cudnnConvolutionMode.CUDNN_CROSS_CORRELATION;
import static jcuda.jcudnn.cudnnDataType.CUDNN_DATA_FLOAT;
import static jcuda.jcudnn.cudnnTensorFormat.CUDNN_TENSOR_NCHW;

import dev.sild.bindings.Convolution;
import dev.sild.bindings.View;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnConvolutionDescriptor;
import jcuda.jcudnn.cudnnFilterDescriptor;
import jcuda.jcudnn.cudnnHandle;
import jcuda.jcudnn.cudnnTensorDescriptor;

/** What cuDNN wants to know of one shape of convolution, and the workspace that it asks for. */
final class ConvolutionPlan implements AutoCloseable {
  final cudnnTensorDescriptor x = new cudnnTensorDescriptor();
  final cudnnTensorDescriptor y = new cudnnTensorDescriptor();
  final cudnnTensorDescriptor bias = new cudnnTensorDescriptor();
  final cudnnFilterDescriptor w = new cudnnFilterDescriptor();
  final cudnnConvolutionDescriptor convolution = new cudnnConvolutionDescriptor();

  private final Cleanup owned;
  private final long workspaceBytes;

  /** x: (b, c, h, w), window: (k, c, r, s). */
  record Shape(int b, int c, int h, int w, int k, int r, int s, Convolution geometry) {

    static Shape of(View image, View window, Convolution geometry) {
      long[] x = image.shape();
      long[] w = window.shape();
      return new Shape(
          Math.toIntExact(x[0]),
          Math.toIntExact(x[1]),
          Math.toIntExact(x[2]),
          Math.toIntExact(x[3]),
          Math.toIntExact(w[0]),
          Math.toIntExact(w[2]),
          Math.toIntExact(w[3]),
          geometry);
    }

    int p() {
      return Math.toIntExact(geometry.outputs(h, r));
    }

    int q() {
      return Math.toIntExact(geometry.outputs(w, s));
    }
  }

  ConvolutionPlan(CudaContext context, cudnnHandle cudnn, Shape shape, int math) {
    owned = new Cleanup(context);
    try {
      describe(x, shape.b(), shape.c(), shape.h(), shape.w());
      describe(y, shape.b(), shape.k(), shape.p(), shape.q());
      describe(bias, 1, shape.k(), 1, 1);
      describeWindow(shape);
      describeGeometry(shape.geometry(), math);
      workspaceBytes = workspaceBytes(cudnn);
    } catch (RuntimeException e) {
      owned.close();
      throw e;
    }
  }

  /** Enough for each of the three passes. */
  long workspaceBytes() {
    return workspaceBytes;
  }

  private void describe(cudnnTensorDescriptor tensor, int n, int c, int h, int w) {
    check(JCudnn.cudnnCreateTensorDescriptor(tensor), "cudnnCreateTensorDescriptor");
    owned.destroy(() -> JCudnn.cudnnDestroyTensorDescriptor(tensor));
    check(
        JCudnn.cudnnSetTensor4dDescriptor(tensor, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, n, c, h, w),
        "conv2d with a tensor of %d × %d × %d × %d".formatted(n, c, h, w));
  }

  private void describeWindow(Shape shape) {
    check(JCudnn.cudnnCreateFilterDescriptor(w), "cudnnCreateFilterDescriptor");
    owned.destroy(() -> JCudnn.cudnnDestroyFilterDescriptor(w));
    check(
        JCudnn.cudnnSetFilter4dDescriptor(
            w, CUDNN_DATA_FLOAT, CUDNN_TENSOR_NCHW, shape.k(), shape.c(), shape.r(), shape.s()),
        "conv2d, " + shape);
  }

  private void describeGeometry(Convolution geometry, int math) {
    check(JCudnn.cudnnCreateConvolutionDescriptor(convolution), "cudnnCreateConvolutionDescriptor");
    owned.destroy(() -> JCudnn.cudnnDestroyConvolutionDescriptor(convolution));
    int padding = geometry.padding();
    int stride = geometry.stride();
    check(
        JCudnn.cudnnSetConvolution2dDescriptor(
            convolution,
            padding,
            padding,
            stride,
            stride,
            1,
            1,
            CUDNN_CROSS_CORRELATION,
            CUDNN_DATA_FLOAT),
        "conv2d, " + geometry);
    check(JCudnn.cudnnSetConvolutionMathType(convolution, math), "cudnnSetConvolutionMathType");
  }

  private long workspaceBytes(cudnnHandle cudnn) {
    long[] bytes = new long[1];
    check(
        JCudnn.cudnnGetConvolutionForwardWorkspaceSize(
            cudnn, x, w, convolution, y, CudaConvolutions.FORWARD, bytes),
        "cudnnGetConvolutionForwardWorkspaceSize");
    long most = bytes[0];
    check(
        JCudnn.cudnnGetConvolutionBackwardDataWorkspaceSize(
            cudnn, w, y, convolution, x, CudaConvolutions.BACKWARD_DATA, bytes),
        "cudnnGetConvolutionBackwardDataWorkspaceSize");
    most = Math.max(most, bytes[0]);
    check(
        JCudnn.cudnnGetConvolutionBackwardFilterWorkspaceSize(
            cudnn, x, y, convolution, w, CudaConvolutions.BACKWARD_FILTER, bytes),
        "cudnnGetConvolutionBackwardFilterWorkspaceSize");
    return Math.max(most, bytes[0]);
  }

  @Override
  public void close() {
    owned.close();
  }
}
