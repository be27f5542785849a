package dev.sild.theory.regimes;

/** Spectra of Gaussian matrices. */
final class MarchenkoPastur {
  private MarchenkoPastur() {}

  /**
   * lim (1/p) ln det(I + s FᵀF), F (d, p) of independent N(0, 1/d), p = βd: the Shannon transform
   * of the Marchenko–Pastur law (Verdú and Shamai 1999; Tulino and Verdú 2004, equation 1.14). It
   * needs no integral over a density, which at β = 1 diverges at its edge.
   */
  static double logDeterminant(double s, double beta) {
    double root = Math.sqrt(beta);
    double plus = Math.sqrt(s * (1 + root) * (1 + root) + 1);
    double minus = Math.sqrt(s * (1 - root) * (1 - root) + 1);
    double f = 4 * s * root / (plus + minus); // plus − minus, without cancellation
    f *= f;
    return Math.log1p(s - f / 4) + Math.log1p(s * beta - f / 4) / beta - f / (4 * beta * s);
  }
}
