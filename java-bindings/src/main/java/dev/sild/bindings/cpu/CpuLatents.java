package dev.sild.bindings.cpu;

import dev.sild.bindings.Contracts;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;

/** What an encoder's output is made into, and how far its law is from the prior, on one stream. */
final class CpuLatents {
  private static final Noise NONE = new Noise(0, 0);

  private final CpuKernels kernels;
  private final long stream;

  CpuLatents(CpuKernels kernels, long stream) {
    this.kernels = kernels;
    this.stream = stream;
  }

  /** {@link Stream#reparameteriseForward}. */
  void reparameteriseForward(View z, View kl, View code, Noise noise, View step) {
    Contracts.reparameteriseForward(z, kl, code, noise, step);
    Noise key = noise == null ? NONE : noise;
    long zAt = z.address();
    long klAt = Call.address(kl);
    long codeAt = code.address();
    long stepAt = noise == null ? 0 : step.address();
    int status;
    try {
      status =
          (int)
              kernels.reparameteriseForward$mh.invokeExact(
                  zAt,
                  klAt,
                  codeAt,
                  z.rows(),
                  z.columns(),
                  key.seed(),
                  key.purpose(),
                  stepAt,
                  stream);
    } catch (Throwable t) {
      throw Call.bug(t);
    }
    Call.check(status, "reparameterise_forward", z, code);
  }

  /** {@link Stream#reparameteriseBackward}. */
  void reparameteriseBackward(
      View dcode, View dz, View code, double weight, Noise noise, View step) {
    Contracts.reparameteriseBackward(dcode, dz, code, noise, step);
    Noise key = noise == null ? NONE : noise;
    long dcodeAt = dcode.address();
    long dzAt = dz.address();
    long codeAt = code.address();
    long stepAt = noise == null ? 0 : step.address();
    int status;
    try {
      status =
          (int)
              kernels.reparameteriseBackward$mh.invokeExact(
                  dcodeAt,
                  dzAt,
                  codeAt,
                  dz.rows(),
                  dz.columns(),
                  (float) weight,
                  key.seed(),
                  key.purpose(),
                  stepAt,
                  stream);
    } catch (Throwable t) {
      throw Call.bug(t);
    }
    Call.check(status, "reparameterise_backward", dz, code);
  }

  /** {@link Stream#mmd}. */
  void mmd(View dz, View value, View z, View prior, double weight) {
    Contracts.mmd(dz, value, z, prior);
    long dzAt = Call.address(dz);
    long valueAt = value.address();
    long zAt = z.address();
    long priorAt = prior.address();
    int status;
    try {
      status =
          (int)
              kernels.mmd$mh.invokeExact(
                  dzAt, valueAt, zAt, priorAt, z.rows(), z.columns(), (float) weight, stream);
    } catch (Throwable t) {
      throw Call.bug(t);
    }
    Call.check(status, "mmd", z, prior);
  }
}
