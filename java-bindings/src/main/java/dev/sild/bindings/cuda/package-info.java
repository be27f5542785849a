/**
 * The CUDA device: JCuda for everything but launches, which go through Panama (see {@code Launch}).
 *
 * <p>Who owns what: a {@code CudaDevice} owns a context and the kernels loaded into it, a {@code
 * CudaBuffer} its memory, a {@code CudaStream} its two driver streams, its staging and scratch
 * memory and what libraries it opened, a {@code CudaRecording} its graph. JCuda's types never leave
 * this package.
 */
package dev.sild.bindings.cuda;
