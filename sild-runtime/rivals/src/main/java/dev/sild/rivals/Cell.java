package dev.sild.rivals;

/**
 * What programs are compared at.
 *
 * @param precision of products: f32 or bf16
 */
record Cell(Job job, String precision, int threads) {
  @Override
  public String toString() {
    return "%s, %s, %d thread%s".formatted(job, precision, threads, threads == 1 ? "" : "s");
  }
}
