package dev.sild.rivals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How much of the machine others use: two threads on a core that is shared crawl. */
final class Neighbours {
  private static final Path STAT = Path.of("/proc/stat");
  private static final int MILLISECONDS = 200;
  private static final double TICKS_PER_SECOND = 100; // USER_HZ

  private Neighbours() {}

  /** Cores that are busy while we wait, NaN where Linux does not say. */
  static double cores() throws InterruptedException {
    try {
      long before = ticks();
      long start = System.nanoTime();
      Thread.sleep(MILLISECONDS);
      long after = ticks();
      return (after - before) / TICKS_PER_SECOND / ((System.nanoTime() - start) * 1e-9);
    } catch (IOException _) {
      return Double.NaN;
    }
  }

  /** Of all processors: user, nice, system, idle, iowait, irq, softirq, steal. */
  private static long ticks() throws IOException {
    String[] words = Files.readAllLines(STAT).getFirst().split("\\s+");
    long busy = 0;
    for (int i : new int[] {1, 2, 3, 6, 7, 8}) busy += Long.parseLong(words[i]);
    return busy;
  }
}
