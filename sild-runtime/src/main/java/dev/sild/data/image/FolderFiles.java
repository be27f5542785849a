package dev.sild.data.image;

import dev.sild.UserException;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/** Images in a folder and its sub-folders, links followed; hidden folders are left alone. */
record FolderFiles(Path path, List<Entry> entries) implements ImageFiles {

  static FolderFiles of(Path folder) {
    List<Entry> entries = new ArrayList<>();
    try {
      Files.walkFileTree(
          folder,
          Set.of(FileVisitOption.FOLLOW_LINKS),
          Integer.MAX_VALUE,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path at, BasicFileAttributes attributes) {
              boolean hidden = !at.equals(folder) && at.getFileName().toString().startsWith(".");
              return hidden ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              String name = folder.relativize(file).toString().replace(File.separatorChar, '/');
              if (attributes.isRegularFile() && ImageFiles.isImage(name))
                entries.add(
                    new Entry(name, attributes.size(), attributes.lastModifiedTime().toMillis()));
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (FileSystemLoopException e) {
      throw new UserException(e.getFile() + ": leads back to a folder above it: remove it", e);
    } catch (IOException e) {
      throw unreadable(e);
    }
    entries.sort(Comparator.comparing(Entry::name));
    return new FolderFiles(folder, entries);
  }

  @Override
  public byte[] read(Entry entry) {
    if (entry.bytes() > MAX_BYTES) throw ImageFiles.tooLarge(path, entry.name());
    try {
      return Files.readAllBytes(path.resolve(entry.name()));
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private static RuntimeException unreadable(IOException e) {
    return e instanceof AccessDeniedException
        ? new UserException(e.getMessage() + ": may not be read: ask for permission (chmod +r)", e)
        : new UncheckedIOException(e);
  }

  @Override
  public void close() {}
}
