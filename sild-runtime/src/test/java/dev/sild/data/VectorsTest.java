package dev.sild.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sild.UserException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VectorsTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1,2.5,-3e2\n4,5,6",
        "1, 2.5, -3e2\r\n4 ,5 ,6\r\n",
        "1;2.5;-3e2\n4;5;6\n",
        "1\t2.5\t-3e2\n4\t5\t6\n",
        "  1 2.5   -3e2\n4 5\t6  \n",
        "x,y,z\n1,2.5,-3e2\n4,5,6\n",
        "\"x\",\"y\",\"z\"\n1,\"2.5\",-3e2\n4,5,6\n",
        "# made by a program\n\n1,2.5,-3e2 # the first\n   \n4,5,6\n#end",
        "\uFEFFx,y,z\n+1.,2.5,-3E+2\n4,5,6\n",
        "\uFEFF1,2.5,-.3e3\n4,5,6\n"
      })
  void csvOfEveryHabitIsReadAlike(String text) throws IOException {
    Vectors vectors = Vectors.read(csv(text));
    assertThat(vectors.count()).isEqualTo(2);
    assertThat(vectors.dimension()).isEqualTo(3);
    assertThat(vectors.data()).containsExactly(1, 2.5f, -300, 4, 5, 6);
  }

  @Test
  void oneColumnOfTextIsRowsOfOneNumber() throws IOException {
    Vectors vectors = Vectors.read(csv("height\n1\n2\n3\n"));
    assertThat(vectors.count()).isEqualTo(3);
    assertThat(vectors.dimension()).isEqualTo(1);
  }

  @Test
  void packedCsvIsUnpacked() throws IOException {
    Path path = folder.resolve("x.csv.gz");
    try (var stream = new GZIPOutputStream(Files.newOutputStream(path))) {
      stream.write("1,2\n3,4\n".getBytes(StandardCharsets.UTF_8));
    }
    assertThat(Vectors.read(path).data()).containsExactly(1, 2, 3, 4);
    byte[] whole = Files.readAllBytes(path);
    Files.write(path, java.util.Arrays.copyOf(whole, whole.length - 3));
    refused(path, "is damaged (gzip)");
  }

  @Test
  void manyRowsAreReadInOrder() throws IOException {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 5_000; i++) {
      text.append(i).append(',').append(-i).append('\n');
    }
    Vectors vectors = Vectors.read(csv(text.toString()));
    assertThat(vectors.count()).isEqualTo(5_000);
    assertThat(vectors.data()[9_998]).isEqualTo(4_999);
    assertThat(vectors.data()[9_999]).isEqualTo(-4_999);
  }

  @Test
  void aRaggedLineIsNamedByItsNumber() throws IOException {
    refused(csv("1,2\n# note\n3,4,5\n"), "x.csv: line 3 has 3 columns, not 2");
    refused(csv("a,b\n1\n"), "line 2 has 1 columns, not 2");
    refused(csv("1,2,\n3,4,5"), "line 1, column 3 is empty");
  }

  @Test
  void whatIsNoNumberIsNamedByLineAndColumn() throws IOException {
    refused(csv("1,2\n3,four\n"), "line 2, column 2: 'four' is not a number");
    refused(csv("1,x\n3,4\n"), "line 1, column 2: 'x' is not a number");
    refused(csv("1;2,5\n3;4\n"), "line 1, column 2: '2,5' is not a number");
    refused(csv("1\n0x1p3\n"), "line 2, column 1: '0x1p3' is not a number");
    refused(csv("1\n1f\n"), "'1f' is not a number");
    refused(csv("1\n--1\n"), "'--1' is not a number");
    refused(csv("1\n2\u0000\u0007\n"), "'2??' is not a number");
  }

  @Test
  void whatIsNotFiniteIsNamedByLineAndColumn() throws IOException {
    refused(csv("1,2\n3,NaN\n"), "line 2, column 2: NaN is not finite");
    refused(csv("1,2\n-inf,1\n"), "line 2, column 1: -inf is not finite");
    refused(csv("nan,2\n1,1\n"), "line 1, column 1: nan is not finite");
    refused(csv("1,2\n3,1e39\n"), "line 2, column 2: 1e39 is not finite in f32");
    refused(csv("1,2\n3, \n"), "line 2, column 2 is empty");
    Path path = folder.resolve("x.npy");
    Npy.write(path, new float[] {1, 2, 3, 4, Float.NaN, 6}, 3, 2);
    refused(path, "x.npy: row 2, column 0 (from 0) is NaN");
    Npy.write(path, new float[] {1, 2, 3, Float.NEGATIVE_INFINITY}, 2, 2);
    refused(path, "row 1, column 1 (from 0) is -Infinity");
  }

  @Test
  void whatIsEmptyIsRefused() throws IOException {
    refused(csv(""), "holds no row of numbers");
    refused(csv("# nothing\n\n"), "holds no row of numbers");
    refused(csv("a,b\n"), "holds no row of numbers");
    Path path = folder.resolve("x.npy");
    Npy.write(path, new float[0], 0, 4);
    refused(path, "has shape [0, 4], so it is empty");
    Npy.write(path, new float[0], 4, 0);
    refused(path, "has shape [4, 0], so it is empty");
  }

  @Test
  void arraysOfMoreAxesBecomeRowsAndOfOneAxisAreRefused() throws IOException {
    Path path = folder.resolve("anything"); // the first bytes decide, not the name
    Npy.write(path, new float[] {0, 1, 2, 3, 4, 5, 6, 7}, 2, 2, 2);
    Vectors vectors = Vectors.read(path);
    assertThat(vectors.count()).isEqualTo(2);
    assertThat(vectors.dimension()).isEqualTo(4);
    assertThat(vectors.data()).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
    Npy.write(path, new float[] {1, 2}, 2);
    refused(path, "has shape [2], which is not rows: save reshape(-1, 1)");
    Npy.write(path, new float[] {1});
    refused(path, "has shape [], which is not rows");
  }

  @Test
  void missingFilesFoldersAndArchivesAreRefused() throws IOException {
    refused(folder.resolve("none.npy"), "none.npy: there is no such file");
    refused(folder, "is a folder");
    Path path = Files.write(folder.resolve("x.npz"), new byte[] {'P', 'K', 3, 4, 0, 0});
    refused(path, "is an archive (.npz?): save one array with numpy.save");
    refused(Files.writeString(folder.resolve("y.npy"), "1,2\n"), "y.npy: is not an .npy file");
  }

  @Test
  void selectKeepsRowsInOrder() {
    var vectors = new Vectors(new float[] {0, 1, 2, 3, 4, 5}, 3, 2);
    assertThat(vectors.select(i -> i != 1).data()).containsExactly(0, 1, 4, 5);
    assertThatThrownBy(() -> vectors.select(i -> false)).isInstanceOf(UserException.class);
  }

  private Path csv(String text) throws IOException {
    return Files.writeString(folder.resolve("x.csv"), text);
  }

  private static void refused(Path path, String message) {
    assertThatThrownBy(() -> Vectors.read(path))
        .isInstanceOf(UserException.class)
        .hasMessageStartingWith(path.toString())
        .hasMessageContaining(message)
        .hasMessageNotContaining("\n");
  }
}
