package dev.sild.bindings;

/** Work that a stream repeats: see {@link Stream#record}. Closed before its stream. */
public interface Recording extends AutoCloseable {

  /** Issues the work once more, in the order of its stream. */
  void run();

  @Override
  void close();
}
