package dev.sild.training;

import dev.sild.sild.ModelFile;
import java.io.IOException;

/** Sees a model in the middle of its last stage, {@link #LOOKS} − 1 times. */
@FunctionalInterface
public interface Watcher {
  /** Parts of the stage, between which it looks. */
  int LOOKS = 4;

  /**
   * Looks.
   *
   * @param step of the stage, in batches
   * @param raw the model with the weights as they stand
   * @param average with their average, which is what training leaves
   */
  void see(long step, ModelFile.Contents raw, ModelFile.Contents average) throws IOException;
}
