package dev.sild.bindings.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sild.bindings.selftest.CaseRun;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/**
 * What is wrong with a kernel shows: each barrier, wait and commit is left out in turn, operators
 * are exchanged for others, and the self-test's cases must notice, by a different bit or by what
 * the virtual GPU reports. A tenth of the mutants, by a seed; all of them with {@code mvn test
 * -Dtest=MutationTest -Dsild.mutants=all}, those of one op with {@code -Dsild.mutants=norm}.
 */
@EnabledIf("dev.sild.bindings.cuda.VirtualGpu#present")
class MutationTest {
  private static final String WHICH = System.getProperty("sild.mutants", "tenth");
  private static final long SEED = Long.getLong("sild.seed", System.nanoTime());
  private static final int MOST_OF_KIND = 3; // of one kernel's operators of one kind

  /** By CUDA op, whose cases launch its kernels. */
  private static final Map<String, List<String>> CASES =
      Map.ofEntries(
          Map.entry("adamw_ema", List.of("adamwEma")),
          Map.entry("attention", List.of("attentionForward", "attentionBackward")),
          Map.entry("conv2d", List.of("conv2dBackward")),
          Map.entry("cross_entropy", List.of("crossEntropy")),
          Map.entry("dsm_loss", List.of("dsmLoss")),
          Map.entry("group_norm", List.of("groupNormForward", "groupNormBackward")),
          Map.entry("linear", List.of("linearForward", "linearBackward", "matmul")),
          Map.entry("mixture_denoiser", List.of("mixtureDenoiser")),
          Map.entry("mmd", List.of("mmd")),
          Map.entry("mlp_sampler", List.of("packMlp", "mlpSampler")),
          Map.entry("norm", List.of("normForward", "normBackward")),
          Map.entry("perturb", List.of("perturb", "drawIndices")),
          Map.entry("random_features", List.of("randomFeatures")),
          Map.entry("reductions", List.of("sumOfSquares", "binErrors", "rowMaximum")),
          Map.entry("reparameterise", List.of("reparameteriseForward", "reparameteriseBackward")),
          Map.entry("resample", List.of("resample")),
          Map.entry("sampler_step", List.of("samplerStep")),
          Map.entry("softmax", List.of("softmaxForward", "softmaxBackward")),
          Map.entry("token_embedding", List.of("tokenEmbedding")),
          Map.entry("time_embedding", List.of("timeEmbedding")));

  /** What a run found. */
  private static final class Tally {
    private final Map<Mutation.Fate, Integer> synchronisations = new EnumMap<>(Mutation.Fate.class);
    private final Map<Mutation.Fate, Integer> operators = new EnumMap<>(Mutation.Fate.class);
    private final List<Mutant> unsynchronised = new ArrayList<>();

    void add(Mutant mutant, Mutation.Fate fate) {
      (mutant.synchronisation() ? synchronisations : operators).merge(fate, 1, Integer::sum);
      if (mutant.synchronisation() && fate == Mutation.Fate.SURVIVED) unsynchronised.add(mutant);
      if (!WHICH.equals("tenth") && fate != Mutation.Fate.KILLED)
        System.out.printf("%s: %s%n", fate, mutant);
    }
  }

  @BeforeEach
  void watch() {
    VirtualGpu.release(); // mutants break it
    VirtualGpu.set("races", 1);
    VirtualGpu.set("initialised", 1);
    VirtualGpu.set("quiet", 1);
  }

  @AfterEach
  void restore() {
    for (String name : List.of("races", "initialised", "quiet", "schedule", "step_limit"))
      VirtualGpu.set(name, 0);
    VirtualGpu.set("multiprocessors", 132);
    VirtualGpu.set("shared", 232448);
  }

  @Test
  void noMissingSynchronisationGoesUnnoticed() {
    Random random = new Random(SEED);
    Tally tally = new Tally();
    for (String op : Build.ops()) {
      if (!List.of("tenth", "all", op).contains(WHICH)) continue;
      Ptx ptx = new Ptx(Build.ptx(op));
      Mutation mutation = new Mutation(op, ptx, CaseRun.of(CASES.get(op)));
      for (Ptx.Kernel kernel : ptx.kernels())
        for (Mutant mutant : Mutant.of(kernel, MOST_OF_KIND))
          if (!WHICH.equals("tenth") || random.nextInt(10) == 0)
            tally.add(mutant, mutation.fate(mutant));
    }
    System.out.printf(
        "mutants, seed %d: synchronisation %s, operators %s%n",
        SEED, tally.synchronisations, tally.operators);
    assertThat(tally.unsynchronised).as("seed %d", SEED).isEmpty();
  }
}
