package dev.sild;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Every Java file stands as google-java-format would write it. {@code mvn test -Dtest=FormatTest
 * -Dsild.format=write} writes them so.
 */
class FormatTest {
  private static final boolean WRITE = "write".equals(System.getProperty("sild.format"));

  @Test
  void everyJavaFileIsFormatted() throws IOException, FormatterException {
    List<String> others = new ArrayList<>();
    Formatter formatter = new Formatter();
    for (String module : List.of("../java-bindings/src", "src", "rivals/src"))
      try (var files = Files.walk(Path.of(module))) {
        for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
          String text = Files.readString(file);
          String formatted = formatter.formatSourceAndFixImports(text);
          if (formatted.equals(text)) continue;
          if (WRITE) Files.writeString(file, formatted);
          else others.add(file.toString());
        }
      }
    assertThat(others).as("files to format").isEmpty();
  }
}
