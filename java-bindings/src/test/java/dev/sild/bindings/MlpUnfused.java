package dev.sild.bindings;

/** The same trajectory by one op after the other. */
final class MlpUnfused {
  private final Witness witness;
  private final MlpReference net;
  private final View[] weight;
  private final View[] bias;
  private final View[] gain;
  private final View[] shift;

  MlpUnfused(Witness witness, MlpReference net) {
    this.witness = witness;
    this.net = net;
    MlpShape shape = net.shape();
    weight = new View[shape.layers()];
    bias = new View[shape.layers()];
    gain = new View[shape.layers()];
    shift = new View[shape.layers()];
    for (int i = 0; i < shape.layers(); i++) {
      MlpReference.Layer layer = net.layers().get(i);
      weight[i] = witness.input(layer.weight(), shape.outputs(i), shape.inputs(i));
      bias[i] = witness.input(layer.bias(), shape.outputs(i));
      gain[i] = witness.input(layer.gain(), shape.inputs(i));
      shift[i] = witness.input(layer.shift(), shape.inputs(i));
    }
  }

  View sample() {
    int latent = net.shape().latent();
    Stream stream = witness.stream();
    View at = witness.step(Step.at(net.firstSample()));
    View x = witness.output(net.rows(), latent);
    stream.samplerStep(x, null, 0, null, 0, null, 0, net.start(), MlpReference.NOISE, at, -1);
    View y = x;
    View previous = null;
    for (int e = 0; e < net.plan().size(); e++) {
      PlanRow now = net.plan().get(e);
      View input = witness.output(net.rows(), latent);
      stream.samplerStep(input, y, now.cIn(), null, 0, null, 0, 0, MlpReference.NOISE, null, 0);
      View f = network(input, e);
      View denoised = witness.output(net.rows(), latent);
      stream.samplerStep(
          denoised, y, now.cSkip(), f, now.cOut(), null, 0, 0, MlpReference.NOISE, null, 0);
      View next = witness.output(net.rows(), latent);
      stream.samplerStep(
          next,
          x,
          now.a(),
          denoised,
          now.b(),
          previous,
          now.c(),
          now.s(),
          MlpReference.NOISE,
          at,
          now.step());
      y = next;
      if (!now.keep()) x = next;
      previous = denoised;
    }
    return x;
  }

  private View network(View input, int e) {
    MlpShape shape = net.shape();
    int width = shape.width();
    View modulation =
        witness.input(net.modulation(), (long) net.plan().size() * shape.blocks(), width);
    View h = linear(0, input, Epilogue.of(bias[0], Activation.IDENTITY));
    for (int l = 0; l < shape.blocks(); l++) {
      View added = modulation.rows((long) e * shape.blocks() + l, 1);
      Epilogue inner = new Epilogue(bias[1 + 2 * l], added, null, null, Activation.SILU);
      View hidden = linear(1 + 2 * l, norm(1 + 2 * l, h), inner);
      Epilogue outer = new Epilogue(bias[2 + 2 * l], null, null, h, Activation.IDENTITY);
      h = linear(2 + 2 * l, hidden, outer);
    }
    int last = shape.layers() - 1;
    return linear(last, norm(last, h), Epilogue.of(bias[last], Activation.IDENTITY));
  }

  private View linear(int i, View x, Epilogue then) {
    View y = witness.output(net.rows(), net.shape().outputs(i));
    witness.stream().linearForward(y, null, x, weight[i], then);
    return y;
  }

  private View norm(int i, View x) {
    View y = witness.output(net.rows(), net.shape().width());
    View mean = witness.output(net.rows());
    View rstd = witness.output(net.rows());
    witness.stream().normForward(y, mean, rstd, x, gain[i], shift[i]);
    return y;
  }
}
