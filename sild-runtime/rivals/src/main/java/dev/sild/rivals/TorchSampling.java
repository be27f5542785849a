package dev.sild.rivals;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.InferenceMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.DeviceType;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** 4096 trajectories, in the fastest of the forms that a way allows. */
final class TorchSampling {
  private static final List<Integer> ROWS = List.of(Job.SAMPLES, 1024, 256);
  private static final int TRIAL_STEPS = 2;

  /** Draws rows at a time. */
  private record Choice(TorchForm form, int rows) {}

  private final InferenceMode inference = new InferenceMode(); // of this thread, while we are there
  private final int steps;
  private final boolean cast;
  private final Choice choice;
  private double mean;

  TorchSampling(Job job, Libtorch.Way way, boolean bf16) {
    Plan plan = Plan.of(job);
    steps = plan.steps().size();
    boolean eager = way == Libtorch.Way.EAGER;
    cast = eager && bf16;
    ScalarType type = bf16 && !eager ? ScalarType.BFloat16 : ScalarType.Float;
    TorchNetwork network = TorchNetwork.random(job, plan, type);
    List<Choice> choices = new ArrayList<>();
    if (eager) choices.add(new Choice(new TorchForm.Eager(network, plan), Job.SAMPLES));
    else
      for (int rows : ROWS) {
        choices.add(new Choice(new TorchScript(network, plan), rows));
        choices.add(new Choice(new TorchPacked(network, plan, rows), rows));
      }
    choice = Stopwatch.fastest(choices, each -> draw(each, TRIAL_STEPS));
  }

  /** All of the rows. */
  void draw() {
    draw(choice, steps);
  }

  private void draw(Choice way, int count) {
    if (cast) torch.set_autocast_enabled(DeviceType.CPU, true);
    for (int row = 0; row < Job.SAMPLES; row += way.rows)
      try (PointerScope _ = new PointerScope()) {
        Tensor x = way.form.trajectory(way.rows, count);
        mean = x.mean().item_float();
      }
    if (!cast) return;
    torch.set_autocast_enabled(DeviceType.CPU, false);
    torch.clear_cache();
  }

  /** Of the last rows. */
  double mean() {
    return mean;
  }

  /** What was the fastest. */
  String form() {
    return "%s, %d rows at a time".formatted(choice.form, choice.rows);
  }
}
