package dev.sild.rivals;

import static org.bytedeco.pytorch.global.torch.zeros_like;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.AdamW;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.CompilationUnit;
import org.bytedeco.pytorch.Function;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.QualifiedName;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** AdamW with rate 10⁻³ and decay 0.01, and an average of the parameters that forgets 10⁻³. */
interface TorchOptimiser {
  double RATE = 1e-3;
  double DECAY = 0.01;
  double FORGET = 1e-3;

  /** Forgets the gradients. */
  void clear();

  /** Moves the parameters, and the average after them. */
  void step();

  /** Another tensor of the same values. */
  private static List<Tensor> copies(List<Tensor> tensors) {
    return tensors.stream().map(tensor -> tensor.detach().clone()).toList();
  }

  /** torch.optim.AdamW, and lerp. */
  final class Eager implements TorchOptimiser {
    private final List<Tensor> parameters;
    private final List<Tensor> averages;
    private final AdamW adam;

    Eager(List<Tensor> parameters) {
      this.parameters = parameters;
      averages = copies(parameters);
      AdamWOptions options = new AdamWOptions(RATE);
      options.weight_decay().put(DECAY);
      adam = new AdamW(new TensorVector(parameters.toArray(Tensor[]::new)), options);
    }

    @Override
    public void clear() {
      adam.zero_grad();
    }

    @Override
    public void step() {
      adam.step();
      try (NoGradGuard _ = new NoGradGuard()) {
        for (int i = 0; i < parameters.size(); i++)
          averages.get(i).lerp_(parameters.get(i), new Scalar(FORGET));
      }
    }
  }

  /** One fused kernel for all parameters, and one call for all averages, inside a script. */
  final class Fused implements TorchOptimiser {
    private static final String BODY =
        """
          torch._foreach_add_(count, 1)
          none: List[Tensor] = []
          torch._fused_adamw_(p, g, m, v, none, count, lr=%s, beta1=0.9, beta2=0.999, weight_decay=%s,
                              eps=1e-8, amsgrad=False, maximize=False, grad_scale=None, found_inf=None)
          torch._foreach_lerp_(average, p, %s)
          return (p, m, v, count, average)
        """
            .formatted(RATE, DECAY, FORGET);

    private final List<Tensor> parameters;
    private final List<List<Tensor>> state; // first and second moments, steps, averages
    private final CompilationUnit unit; // owns the function
    private final Function function;

    Fused(List<Tensor> parameters) {
      this.parameters = parameters;
      List<Tensor> averages = copies(parameters);
      state =
          List.of(
              averages.stream().map(a -> zeros_like(a)).toList(),
              averages.stream().map(a -> zeros_like(a)).toList(),
              averages.stream().map(_ -> torch.zeros(1).squeeze()).toList(),
              averages);
      unit = torch.compile(source(parameters.size()));
      function = unit.get_function(new QualifiedName("step"));
    }

    /** Each list is so many parameters of the script. It returns them, or they would be dead. */
    private static String source(int tensors) {
      List<String> lists = List.of("p", "g", "m", "v", "count", "average");
      String parameters =
          lists.stream()
              .map(list -> names(list, tensors, ": Tensor"))
              .collect(Collectors.joining(", "));
      StringBuilder source = new StringBuilder("def step(" + parameters + "):\n");
      for (String list : lists)
        source.append("  %s = [%s]%n".formatted(list, names(list, tensors, "")));
      return source + BODY;
    }

    private static String names(String list, int tensors, String type) {
      return IntStream.range(0, tensors)
          .mapToObj(i -> list + i + type)
          .collect(Collectors.joining(", "));
    }

    @Override
    public void clear() {
      for (Tensor parameter : parameters) parameter.mutable_grad().reset();
    }

    @Override
    public void step() {
      List<Tensor> all = new ArrayList<>(parameters);
      for (Tensor parameter : parameters) all.add(parameter.grad());
      state.forEach(all::addAll);
      try (NoGradGuard _ = new NoGradGuard();
          IValueVector arguments = new IValueVector()) {
        arguments.put(all.stream().map(IValue::new).toArray(IValue[]::new));
        function.apply(arguments);
      }
    }
  }
}
