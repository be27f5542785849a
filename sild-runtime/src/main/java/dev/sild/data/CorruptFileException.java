package dev.sild.data;

import java.io.IOException;
import java.nio.file.Path;

/** A file of ours is not what was written: one line that names the file and the damage. */
public final class CorruptFileException extends IOException {
  CorruptFileException(Path path, String damage) {
    super(path + ": is damaged: " + damage);
  }
}
