package dev.sild.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsTest {
  @TempDir Path folder;

  @Test
  void everyTypeAndShapeIsReadBack() throws IOException {
    Path path = folder.resolve("x.safetensors");
    Map<String, String> metadata = Map.of("config", "a = \"ü\"\n\"checksum\":\"no\"", "b", "");
    Safetensors.writeAtomically(path, small(), metadata);
    try (Arena arena = Arena.ofConfined()) {
      Safetensors.Contents contents = Safetensors.read(path, arena);
      assertThat(contents.metadata()).isEqualTo(metadata);
      assertThat(contents.tensors()).hasSameSizeAs(small());
      for (Tensor tensor : small()) {
        Tensor back = contents.get(tensor.name());
        assertThat(back.dtype()).isEqualTo(tensor.dtype());
        assertThat(back.shape()).isEqualTo(tensor.shape());
        assertThat(back.data().mismatch(tensor.data())).isEqualTo(-1);
        assertThat(back.data().address() % Tensor.width(back.dtype())).isZero();
      }
      assertThat(contents.get("weight").toFloats()).containsExactly(1, 2, 3, 4, 5, 6);
      assertThatThrownBy(() -> contents.get("none")).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void layoutIsThatOfTheReferenceLibrary() throws IOException {
    byte[] bytes = written(small(), Map.of("z", "1", "a", "2"));
    ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int length = (int) file.getLong(0);
    assertThat(length % 8).isZero();
    String header = new String(bytes, 8, length, StandardCharsets.UTF_8);
    assertThat(header.replaceAll("crc32c:[0-9a-f]{8}", "crc32c:#").strip())
        .isEqualTo(
            "{\"__metadata__\":{\"a\":\"2\",\"checksum\":\"crc32c:#\",\"z\":\"1\"},"
                + "\"double\":{\"dtype\":\"F64\",\"shape\":[],\"data_offsets\":[0,8]},"
                + "\"long\":{\"dtype\":\"I64\",\"shape\":[2],\"data_offsets\":[8,24]},"
                + "\"int\":{\"dtype\":\"I32\",\"shape\":[1,1],\"data_offsets\":[24,28]},"
                + "\"nothing\":{\"dtype\":\"F32\",\"shape\":[3,0],\"data_offsets\":[28,28]},"
                + "\"weight\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[28,52]},"
                + "\"byte\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[52,55]}}");
    assertThat(bytes).hasSize(8 + length + 55);
    assertThat(file.getFloat(8 + length + 28 + 8)).isEqualTo(3);
  }

  @Test
  void sameInputMakesTheSameBytesInWhateverOrderItComes() throws IOException {
    byte[] bytes = written(small(), Map.of("a", "1", "b", "2", "c", "3"));
    assertThat(written(small().reversed(), Map.of("c", "3", "b", "2", "a", "1"))).isEqualTo(bytes);
  }

  @Test
  void everyFlippedBitIsFound() throws IOException {
    byte[] bytes = written(small(), Map.of("note", "x"));
    for (int bit = 0; bit < 8 * bytes.length; bit++) {
      byte[] damaged = bytes.clone();
      damaged[bit / 8] ^= (byte) (1 << bit % 8);
      corrupt(damaged, "");
    }
  }

  @Test
  void everyTruncationAndEveryAdditionIsFound() throws IOException {
    byte[] bytes = written(small(), Map.of());
    for (int length = 0; length < bytes.length; length++) {
      corrupt(Arrays.copyOf(bytes, length), "");
    }
    corrupt(Arrays.copyOf(bytes, bytes.length + 1), "bytes of data");
    corrupt(new byte[0], "it is cut short");
  }

  @Test
  void tensorsLargerThanTheBufferAreReadBackFromHeapAndNativeMemory() throws IOException {
    float[] large = new float[3_000_001];
    for (int i = 0; i < large.length; i++) {
      large[i] = i;
    }
    Path path = folder.resolve("x");
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment copy = arena.allocateFrom(ValueLayout.JAVA_FLOAT, large);
      var twin = new Tensor("native", "F32", new long[] {large.length}, copy);
      var both = List.of(Tensor.of("heap", large, large.length), twin);
      Safetensors.writeAtomically(path, both, Map.of());
      Safetensors.Contents contents = Safetensors.read(path, arena);
      assertThat(Arrays.equals(contents.get("heap").toFloats(), large)).isTrue();
      assertThat(contents.get("native").data().mismatch(copy)).isEqualTo(-1);
    }
  }

  @Test
  void aFailureLeavesTheOldFileAndNothingElse() throws IOException {
    Path path = folder.resolve("x");
    Safetensors.writeAtomically(path, small(), Map.of());
    byte[] before = Files.readAllBytes(path);
    Tensor gone;
    try (Arena arena = Arena.ofConfined()) {
      gone = new Tensor("zz", "U8", new long[] {9}, arena.allocate(9));
    }
    assertThatThrownBy(() -> Safetensors.writeAtomically(path, List.of(gone), Map.of()))
        .isInstanceOf(IllegalStateException.class);
    assertThat(path).hasBinaryContent(before);
    assertThat(folder.resolve("x.tmp")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'a':                                | its header is not JSON",
        "{} x                                 | its header is not JSON",
        "[]                                   | not a JSON object",
        "{'a':1}                              | tensor 'a' is not described",
        "{'a':{'dtype':'F32','shape':[1]}}    | tensor 'a' is not described",
        "{'a':{'dtype':'F16','shape':[2],'data_offsets':[0,4]}} | dtype F16 is not known",
        "{'a':{'dtype':4,'shape':[1],'data_offsets':[0,4]}}     | dtype that is no string",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,4]}} | do not fit its shape",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[4,0]}} | do not fit its shape",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0]}}   | do not fit its shape",
        "{'a':{'dtype':'F32','shape':[-1],'data_offsets':[0,4]}}  | an impossible size",
        "{'a':{'dtype':'F32','shape':[1.5],'data_offsets':[0,4]}} | an impossible size",
        "{'a':{'dtype':'F32','shape':1,'data_offsets':[0,4]}}     | no array of sizes",
        "{'a':{'dtype':'F32','shape':[4611686018427387904,4],'data_offsets':[0,0]}} | cannot be",
        "{'a':{'dtype':'U8','shape':[1],'data_offsets':[1,2]}}  | overlaps another or leaves a gap",
        "{'a':{'dtype':'U8','shape':[3],'data_offsets':[0,3]},"
            + "'b':{'dtype':'U8','shape':[2],'data_offsets':[2,4]}} | overlaps another",
        "{'a':{'dtype':'U8','shape':[3],'data_offsets':[0,3]}}  | 4 bytes of data, not 3",
        "{'a':{'dtype':'U8','shape':[5],'data_offsets':[0,5]}}  | 4 bytes of data, not 5",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},"
            + "'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}} | its header is not JSON",
        "{'__metadata__':{'a':1}}             | metadata a is not a string",
        "{'__metadata__':3}                   | its metadata is not a JSON object"
      })
  void headersThatDoNotDescribeTheDataExactlyAreRefused(String header, String damage)
      throws IOException {
    Path path = foreign(header, 4);
    try (Arena arena = Arena.ofConfined()) {
      assertThatThrownBy(() -> Safetensors.readForeign(path, arena))
          .isInstanceOf(CorruptFileException.class)
          .hasMessageContaining(damage)
          .hasMessageNotContaining("\n");
    }
  }

  @Test
  void filesOfOtherProgramsAreReadAlthoughTheyHaveNoChecksumAndDoNotAlign() throws IOException {
    Path path =
        foreign(
            "{ '__metadata__' : { 'format' : 'pt' , 'checksum' : 'sha256:1' },"
                + " 'b':{'dtype':'F32','shape':[1],'data_offsets':[1,5]},"
                + " 'a':{'dtype':'U8','shape':[1],'data_offsets':[0,1]}}",
            5);
    try (Arena arena = Arena.ofConfined()) {
      Safetensors.Contents contents = Safetensors.readForeign(path, arena);
      float value = contents.get("b").data().get(ValueLayout.JAVA_FLOAT, 0); // needs alignment
      assertThat(Float.floatToIntBits(value)).isEqualTo(0x04030201);
      assertThat(contents.metadata()).containsEntry("checksum", "sha256:1");
      assertThatThrownBy(() -> Safetensors.read(path, arena))
          .isInstanceOf(CorruptFileException.class)
          .hasMessageContaining("its checksum is missing");
    }
  }

  @Test
  void impossibleTensorsAndNamesAreRefusedBeforeAnythingIsWritten() {
    Path path = folder.resolve("x");
    Tensor a = Tensor.of("a", new float[1], 1);
    assertThatThrownBy(() -> Safetensors.writeAtomically(path, List.of(a, a), Map.of()))
        .hasMessageContaining("two tensors are named a");
    assertThatThrownBy(() -> Safetensors.writeAtomically(path, List.of(), Map.of("checksum", "")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Tensor.of("a", new float[3], 2)).hasMessageContaining("takes 8 bytes");
    assertThatThrownBy(() -> Tensor.of("", new float[1], 1)).hasMessageContaining("cannot be");
    assertThatThrownBy(() -> Tensor.of("__metadata__", new float[1], 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(path).doesNotExist();
    try (Arena arena = Arena.ofConfined()) {
      assertThatThrownBy(() -> Safetensors.read(path, arena))
          .isInstanceOf(NoSuchFileException.class);
    }
  }

  private static List<Tensor> small() {
    return List.of(
        Tensor.of("weight", new float[] {1, 2, 3, 4, 5, 6}, 2, 3),
        new Tensor("byte", "U8", new long[] {3}, MemorySegment.ofArray(new byte[] {1, 2, 3})),
        new Tensor("long", "I64", new long[] {2}, MemorySegment.ofArray(new long[] {-1, 5})),
        Tensor.of("nothing", new float[0], 3, 0),
        new Tensor("int", "I32", new long[] {1, 1}, MemorySegment.ofArray(new int[] {7})),
        new Tensor("double", "F64", new long[] {}, MemorySegment.ofArray(new double[] {0.5})));
  }

  private byte[] written(List<Tensor> tensors, Map<String, String> metadata) throws IOException {
    Path path = folder.resolve("written");
    Safetensors.writeAtomically(path, tensors, metadata);
    return Files.readAllBytes(path);
  }

  private void corrupt(byte[] bytes, String damage) throws IOException {
    Path path = Files.write(folder.resolve("damaged"), bytes);
    try (Arena arena = Arena.ofConfined()) {
      assertThatThrownBy(() -> Safetensors.read(path, arena))
          .isInstanceOf(CorruptFileException.class)
          .hasMessageStartingWith(path + ": is damaged: ")
          .hasMessageContaining(damage)
          .hasMessageNotContaining("\n");
    }
  }

  private Path foreign(String header, int dataSize) throws IOException {
    byte[] json = header.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    ByteBuffer file = ByteBuffer.allocate(8 + json.length + dataSize);
    file.order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).put(json);
    for (int i = 0; i < dataSize; i++) {
      file.put((byte) i);
    }
    return Files.write(folder.resolve("foreign"), file.array());
  }
}
