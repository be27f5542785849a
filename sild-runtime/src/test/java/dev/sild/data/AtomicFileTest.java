package dev.sild.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  @TempDir Path folder;

  @Test
  void theOldFileStaysUntilTheNewOneIsWhole() throws IOException {
    Path path = Files.writeString(folder.resolve("x"), "old");
    AtomicFile.write(
        path,
        channel -> {
          channel.write(ByteBuffer.wrap("new".getBytes()));
          assertThat(path).hasContent("old");
          assertThat(folder.resolve("x.tmp")).hasContent("new");
        });
    assertThat(path).hasContent("new");
    assertThat(folder.resolve("x.tmp")).doesNotExist();
  }

  @Test
  void aFailureLeavesTheOldFileAndNothingElse() throws IOException {
    Path path = Files.writeString(folder.resolve("x"), "old");
    AtomicFile.Body full =
        channel -> {
          channel.write(ByteBuffer.wrap("ne".getBytes()));
          throw new IOException("No space left on device");
        };
    assertThatThrownBy(() -> AtomicFile.write(path, full)).hasMessage("No space left on device");
    assertThat(path).hasContent("old");
    assertThat(folder.resolve("x.tmp")).doesNotExist();
  }

  @Test
  void leftoversOfACrashAreOverwritten() throws IOException {
    Files.writeString(folder.resolve("x.tmp"), "half a file of a crashed run");
    AtomicFile.write(folder.resolve("x"), channel -> channel.write(ByteBuffer.wrap(new byte[2])));
    assertThat(folder.resolve("x")).hasSize(2);
    assertThat(folder.resolve("x.tmp")).doesNotExist();
  }

  @Test
  void aMissingFolderIsAnError() {
    assertThatThrownBy(() -> AtomicFile.write(folder.resolve("no/x"), channel -> {}))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("its folder is missing");
  }
}
