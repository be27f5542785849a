package dev.sild.bindings.cuda;

import dev.sild.bindings.Recording;
import java.util.concurrent.locks.Lock;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.JCudaDriver;

/**
 * Work as a CUDA graph. The first run issues it as it is, so that everything is loaded and sized
 * that the work needs; the second is captured; from then on a run is one launch.
 */
final class CudaRecording implements Recording {
  private final CudaContext context;
  private final CUstream stream;
  private final Runnable work;
  private boolean warm;
  private CUgraphExec graph;

  CudaRecording(CudaContext context, CUstream stream, Runnable work) {
    this.context = context;
    this.stream = stream;
    this.work = work;
  }

  @Override
  public void run() {
    context.makeCurrent();
    if (!warm) {
      work.run();
      warm = true;
      return;
    }
    if (graph == null) graph = instantiate(capture());
    Cuda.check(JCudaDriver.cuGraphLaunch(graph, stream), "launch of a recorded graph");
  }

  private CUgraph capture() {
    CUgraph captured = new CUgraph();
    Lock recording = context.recording.writeLock();
    recording.lock();
    try {
      Cuda.check(
          JCudaDriver.cuStreamBeginCapture(
              stream, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL),
          "cuStreamBeginCapture");
      try {
        work.run();
      } catch (RuntimeException | Error e) {
        if (JCudaDriver.cuStreamEndCapture(stream, captured) == 0)
          JCudaDriver.cuGraphDestroy(captured);
        throw e;
      }
      Cuda.check(JCudaDriver.cuStreamEndCapture(stream, captured), "cuStreamEndCapture");
      return captured;
    } finally {
      recording.unlock();
    }
  }

  private static CUgraphExec instantiate(CUgraph captured) {
    CUgraphExec exec = new CUgraphExec();
    int status = JCudaDriver.cuGraphInstantiate(exec, captured, 0);
    JCudaDriver.cuGraphDestroy(captured);
    Cuda.check(status, "cuGraphInstantiate");
    return exec;
  }

  @Override
  public void close() {
    if (graph == null || context.closed()) return;
    context.makeCurrent();
    JCudaDriver.cuGraphExecDestroy(graph);
    graph = null;
  }
}
