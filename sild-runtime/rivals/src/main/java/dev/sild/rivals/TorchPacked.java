package dev.sild.rivals;

import static org.bytedeco.pytorch.global.torch.empty_like;
import static org.bytedeco.pytorch.global.torch.layer_norm;
import static org.bytedeco.pytorch.global.torch.randn;

import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.CompilationUnit;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.QualifiedName;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Weights in oneDNN's own layout; bias, SiLU and the residual belong to the product. These are the
 * operators that PyTorch's compiler makes of a frozen network on CPUs; a script cannot name them.
 */
final class TorchPacked implements TorchForm {
  private final TorchNetwork network;
  private final Plan plan;
  private final ScalarType type;
  private final List<Tensor> weights;
  private final OperatorHandle product = operator("mkldnn::_linear_pointwise", "");
  private final OperatorHandle sum = operator("mkldnn::_linear_pointwise", "binary");
  private final CompilationUnit unit =
      torch.compile("def none():\n  x: List[Optional[number]] = []\n  return x\n");
  private final IValue none =
      unit.get_function(new QualifiedName("none")).apply(new IValueVector());

  /** The layout is chosen for so many rows. */
  TorchPacked(TorchNetwork network, Plan plan, int rows) {
    this.network = network;
    this.plan = plan;
    type = network.weights().getFirst().scalar_type();
    OperatorHandle pack = operator("mkldnn::_reorder_linear_weight", "");
    weights =
        network.weights().stream()
            .map(weight -> call(pack, new IValue(weight), new IValue((long) rows)))
            .toList();
  }

  private static OperatorHandle operator(String name, String overload) {
    return Dispatcher.singleton().findSchemaOrThrow(name, overload);
  }

  private static Tensor call(OperatorHandle operator, IValue... arguments) {
    IValueVector stack = new IValueVector();
    stack.put(arguments);
    operator.callBoxed(stack);
    return stack.get(0).toTensor();
  }

  @Override
  public Tensor trajectory(int rows, int steps) {
    Tensor x = randn(rows, network.job().dimension()).mul_(new Scalar(plan.start()));
    Tensor z = empty_like(x);
    for (int i = 0; i < steps; i++)
      try (PointerScope _ = new PointerScope()) {
        Plan.Step step = plan.steps().get(i);
        Tensor f = network(x.mul(new Scalar(step.scale())).to(type), i);
        x.mul_(new Scalar(step.keep())).add_(f, new Scalar(step.move()));
        x.add_(z.normal_(), new Scalar(step.noise()));
      }
    return x;
  }

  private Tensor network(Tensor x, int step) {
    if (network.job() == Job.SAMPLE_LATENT) {
      Tensor h = layer(0, x, step, "none");
      Tensor inner = layer(1, layer_norm(h, Job.WIDTH), step, "swish");
      return layer(3, layer_norm(residual(2, inner, h, step), Job.WIDTH), step, "none");
    }
    Tensor h = x;
    for (int i = 0; i < 3; i++) h = layer(i, h, step, "swish");
    return layer(3, h, step, "none");
  }

  private Tensor layer(int i, Tensor x, int step, String activation) {
    return call(
        product,
        new IValue(x),
        new IValue(weights.get(i)),
        new IValue(network.bias(i, step)),
        new IValue(activation),
        none,
        new IValue());
  }

  private Tensor residual(int i, Tensor x, Tensor other, int step) {
    return call(
        sum,
        new IValue(x),
        new IValue(other),
        new IValue(weights.get(i)),
        new IValue(network.bias(i, step)),
        new IValue("add"));
  }

  @Override
  public String toString() {
    return "packed weights";
  }
}
