package dev.sild.bindings.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIf;

/**
 * The table of {@code kernels/README.md} is what is measured here. {@code mvn test
 * -Dtest=KernelTableTest -Dsild.table=write} writes it.
 */
@EnabledIf("dev.sild.bindings.cuda.VirtualGpu#present")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KernelTableTest {
  private static final boolean WRITE = "write".equals(System.getProperty("sild.table"));
  private static final Path README = Path.of("../kernels/README.md");
  private static final String BEGIN = "<!-- kernels: begin -->\n";
  private static final String END = "<!-- kernels: end -->";

  private List<KernelTable.Row> rows;

  @BeforeAll
  void measure() {
    rows = LeastWork.all().stream().map(KernelTable::measure).toList();
  }

  @Test
  void everyKernelIsThere() {
    Set<String> measured = rows.stream().map(row -> row.run().kernel()).collect(Collectors.toSet());
    Set<String> compiled =
        Build.ops().stream()
            .flatMap(op -> new Ptx(Build.ptx(op)).kernels().stream())
            .map(Ptx.Kernel::name)
            .collect(Collectors.toSet());
    assertThat(measured).isEqualTo(compiled);
  }

  @Test
  void whatOnlyMovesMovesLittleMoreThanTheLeast() {
    for (KernelTable.Row row : rows)
      if (row.run().most() > 0)
        assertThat(row.moved()).as(row.run().kernel()).isLessThanOrEqualTo(row.run().most());
  }

  @Test
  void theReadmeSaysWhatIsMeasured() throws IOException {
    String readme = Files.readString(README);
    int begin = readme.indexOf(BEGIN) + BEGIN.length();
    int end = readme.indexOf(END);
    String measured =
        "Counted on kernels by %s.\n\n%s".formatted(Build.compiler(), KernelTable.of(rows));
    if (WRITE)
      Files.writeString(README, readme.substring(0, begin) + measured + readme.substring(end));
    else if (readme.contains(Build.compiler())) // another compiler's instructions are others
    assertThat(readme.substring(begin, end)).isEqualTo(measured);
  }
}
