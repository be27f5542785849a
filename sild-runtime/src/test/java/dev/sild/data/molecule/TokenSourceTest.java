package dev.sild.data.molecule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sild.Purpose;
import dev.sild.bindings.Device;
import dev.sild.bindings.Gather;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Stream;
import dev.sild.bindings.cuda.VirtualGpu;
import dev.sild.data.DataSet;
import dev.sild.data.Source;
import dev.sild.data.TokenShape;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TokenSourceTest {
  private static final int SEED = Integer.getInteger("sild.seed", 20261126);
  private static final Noise NOISE = Purpose.TRAINING_SAMPLES.noise(SEED);
  private static final int COUNT = 7;
  private static final TokenShape SHAPE =
      new TokenShape(3, new Vocabulary(Notation.SMILES, List.of("C", "N", "O", "S")));
  private static final TokenBank BANK = bank(COUNT);
  private static final DataSet.Molecules DATA =
      new DataSet.Molecules("test", BANK, bank(5), SHAPE, List.of("a", "b", "c"), "made");

  /** Rows that are all different. */
  private static TokenBank bank(int count) {
    byte[] tokens = new byte[3 * count];
    byte[] labels = new byte[count];
    List<String> names = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      for (int t = 0; t < 3; t++) tokens[3 * i + t] = (byte) ((i + t * t) % 5);
      labels[i] = (byte) (i % 3);
      names.add("molecule " + i);
    }
    tokens[0] = 4; // the sixth would be the same
    return new TokenBank(tokens, 3, names, labels);
  }

  /** x, then the tokens, then the label. */
  private record Sample(float[] x, byte[] tokens, int label) {
    static Sample of(int row) {
      byte[] tokens = Arrays.copyOfRange(BANK.tokens(), 3 * row, 3 * row + 3);
      return new Sample(SHAPE.oneHot(tokens, 1), tokens, BANK.labels()[row]);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Sample that
          && Arrays.equals(x, that.x)
          && Arrays.equals(tokens, that.tokens)
          && label == that.label;
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(tokens);
    }
  }

  private static List<Sample> draw(Device device, Source opened, long first, int... batches) {
    List<Sample> drawn = new ArrayList<>();
    try (Stream stream = device.openStream();
        Source source = opened) {
      assertThat(source.dimension()).isEqualTo(SHAPE.size());
      for (int rows : batches) {
        source.prepare(stream, first, rows);
        Gather clean = source.batch(stream, null, rows);
        assertThat(clean.index()).isNull();
        assertThat(clean.scale().floats()).containsOnly(1);
        assertThat(clean.shift().floats()).containsOnly(0);
        float[] x = clean.data().floats();
        byte[] tokens = new byte[3 * rows];
        ((TokenSource) source).tokens(rows).read(MemorySegment.ofArray(tokens));
        int d = SHAPE.size();
        for (int i = 0; i < rows; i++)
          drawn.add(
              new Sample(
                  Arrays.copyOfRange(x, i * d, (i + 1) * d),
                  Arrays.copyOfRange(tokens, 3 * i, 3 * i + 3),
                  source.classes()[i]));
        first += rows;
      }
    }
    return drawn;
  }

  private static List<Sample> draw(Device device, long first, int... batches) {
    int most = Arrays.stream(batches).max().orElseThrow();
    return draw(device, DATA.training(device, most, NOISE), first, batches);
  }

  @Test
  void samplesAreTheMoleculesThatTheOrderNames() {
    System.out.println("seed " + SEED);
    int n = 7000;
    try (Device device = Device.open("cpu")) {
      List<Sample> drawn = draw(device, 3, n);
      int[] seen = new int[COUNT];
      for (int i = 0; i < n; i++) {
        int variant = DATA.variant(NOISE, 3L + i);
        seen[variant]++;
        assertThat(drawn.get(i)).isEqualTo(Sample.of(variant));
        assertThat(DATA.classOf(variant)).isEqualTo(drawn.get(i).label);
      }
      double bound = 5 * Math.sqrt(1000); // five standard deviations of a count
      for (int times : seen) assertThat((double) times).isBetween(1000 - bound, 1000 + bound);
      assertThat(draw(device, DATA.inOrder(device, 4), 0, 4, 3))
          .isEqualTo(IntStream.range(0, COUNT).mapToObj(Sample::of).toList());
      assertThat(DATA.variants()).isEqualTo(COUNT);
      assertThat(DATA.logTrainingSamples()).isEqualTo(Math.log(COUNT));
    }
  }

  @Test
  void aSampleIsAFunctionOfItsNumberAlone() {
    try (Device device = Device.open("cpu")) {
      List<Sample> whole = draw(device, 0, 24);
      assertThat(draw(device, 0, 8, 8, 8)).isEqualTo(whole);
      assertThat(draw(device, 0, 8, 3, 1, 12)).isEqualTo(whole);
      assertThat(draw(device, 10, 14)).isEqualTo(whole.subList(10, 24));
      long far = 1L << 40;
      assertThat(draw(device, far, 4, 4)).isEqualTo(draw(device, far, 8));
    }
  }

  @Test
  void devicesSeeTheSame() {
    assumeTrue(VirtualGpu.orReal(), "no GPU and no stand-in: built without nvcc");
    try (Device cpu = Device.open("cpu")) {
      assertThat(draw(VirtualGpu.shared(), 5, 9, 1, 31)).isEqualTo(draw(cpu, 5, 41));
    }
  }

  /** The halves of what is held out are disjoint and all of it; training stays. */
  @Test
  void halvesShareNothing() {
    DataSet.Molecules first = DATA.half(0);
    DataSet.Molecules second = DATA.half(1);
    assertThat(first.kept().smiles()).containsExactly("molecule 0", "molecule 2", "molecule 4");
    assertThat(second.kept().smiles()).containsExactly("molecule 1", "molecule 3");
    assertThat(first.trained()).isEqualTo(BANK);
    assertThat(second.kept().labels()).containsExactly(1, 0);
    assertThat(second.kept().tokens())
        .isEqualTo(
            new byte[] {
              DATA.kept().tokens()[3], DATA.kept().tokens()[4], DATA.kept().tokens()[5],
              DATA.kept().tokens()[9], DATA.kept().tokens()[10], DATA.kept().tokens()[11]
            });
  }

  @Test
  void sharesAreThoseOfTheLabels() {
    assertThat(DATA.space().shares()).containsExactly(3 / 7.0, 2 / 7.0, 2 / 7.0);
    assertThat(DATA.space().classes()).containsExactly("a", "b", "c");
    assertThat(DATA.space().isMolecule()).isTrue();
    assertThat(DATA.dimension()).isEqualTo(15);
  }
}
