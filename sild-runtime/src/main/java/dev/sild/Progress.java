package dev.sild;

/** Hears how long work goes. All methods are called by the working thread. */
public interface Progress {

  /** A task of {@code total} units begins with {@code done} of them done already. */
  void begin(String task, String unit, long done, long total);

  /** So much of the task is done. */
  void advance(long done);

  /** The task is over. */
  void end();

  /** A line for people. */
  void say(String line);

  /** Hears nothing. */
  Progress SILENT =
      new Progress() {
        @Override
        public void begin(String task, String unit, long done, long total) {}

        @Override
        public void advance(long done) {}

        @Override
        public void end() {}

        @Override
        public void say(String line) {}
      };
}
