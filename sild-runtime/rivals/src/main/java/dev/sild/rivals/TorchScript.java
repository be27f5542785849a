package dev.sild.rivals;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.bytedeco.pytorch.CompilationUnit;
import org.bytedeco.pytorch.Function;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.QualifiedName;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** The whole trajectory is one TorchScript, with the plan in its text. */
final class TorchScript implements TorchForm {
  private static final String PLAIN =
      """
          h = torch.silu_(torch.linear(u, w0, b0[i]))
          h = torch.silu_(torch.linear(h, w1, b1))
          h = torch.silu_(torch.linear(h, w2, b2))
          f = torch.linear(h, w3, b3)
      """;

  private static final String LATENT =
      """
          h = torch.linear(u, w0, b0)
          g = torch.silu_(torch.linear(torch.layer_norm(h, [512]), w1, b1[i]))
          h.add_(torch.linear(g, w2, b2))
          f = torch.linear(torch.layer_norm(h, [512]), w3, b3)
      """;

  private final TorchNetwork network;
  private final CompilationUnit unit; // owns the function
  private final Function function;

  TorchScript(TorchNetwork network, Plan plan) {
    this.network = network;
    unit = torch.compile(source(network.job(), plan));
    function = unit.get_function(new QualifiedName("trajectory"));
  }

  private static String source(Job job, Plan plan) {
    String head =
        """
        def trajectory(w0: Tensor, b0: Tensor, w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor, w3: Tensor, b3: Tensor,
                       rows: int, steps: int):
          scale = %s
          keep = %s
          move = %s
          noise = %s
          x = torch.randn([rows, %d]) * %s
          z = torch.empty_like(x)
          for i in range(steps):
            u = (x * scale[i]).type_as(w0)
        """;
    String tail =
        """
            x.mul_(keep[i]).add_(f, alpha=move[i])
            x.add_(z.normal_(), alpha=noise[i])
          return x
        """;
    return head.formatted(
            numbers(plan, Plan.Step::scale),
            numbers(plan, Plan.Step::keep),
            numbers(plan, Plan.Step::move),
            numbers(plan, Plan.Step::noise),
            job.dimension(),
            plan.start())
        + (job == Job.SAMPLE_LATENT ? LATENT : PLAIN)
        + tail;
  }

  private static String numbers(Plan plan, ToDoubleFunction<Plan.Step> of) {
    return plan.steps().stream().map(of::applyAsDouble).toList().toString();
  }

  @Override
  public Tensor trajectory(int rows, int steps) {
    List<IValue> arguments = new ArrayList<>();
    for (int layer = 0; layer < network.weights().size(); layer++) {
      arguments.add(new IValue(network.weights().get(layer)));
      arguments.add(new IValue(network.biases().get(layer)));
    }
    arguments.add(new IValue((long) rows));
    arguments.add(new IValue((long) steps));
    IValueVector all = new IValueVector();
    all.put(arguments.toArray(IValue[]::new));
    return function.apply(all).toTensor();
  }

  @Override
  public String toString() {
    return "script";
  }
}
