package dev.sild.bindings;

/** A layer in the memory of a device, after its forward pass. */
final class LinearOperands {
  final Witness witness;
  final Activation activation;
  final View x;
  final View w;
  final View dy;
  final View u;
  final View y;
  final View du;
  final View dbias;
  final View dw;
  final Epilogue epilogue;

  LinearOperands(LinearReference layer, Witness witness) {
    int rows = layer.rows();
    int outputs = layer.outputs();
    this.witness = witness;
    activation = layer.activation();
    x = witness.input(layer.x(), rows, layer.inputs());
    w = witness.input(layer.w(), outputs, layer.inputs());
    dy = witness.input(layer.dy(), rows, outputs);
    epilogue =
        new Epilogue(
            witness.input(layer.bias(), outputs),
            witness.input(layer.modulation(), layer.modulationRows(), outputs),
            witness.input(layer.gain(), outputs),
            witness.input(layer.residual(), rows, outputs),
            activation);
    u = witness.output(rows, outputs);
    y = witness.output(rows, outputs);
    du = witness.output(rows, outputs);
    dbias = witness.output(outputs);
    dw = witness.output(outputs, layer.inputs());
    forward(epilogue);
  }

  void forward(Epilogue then) {
    witness.stream().linearForward(y, u, x, w, then);
  }

  void backward(
      View dx, View dwAt, View dbiasAt, View duAt, View uAt, boolean addDx, boolean addDw) {
    witness.stream()
        .linearBackward(
            dx, dwAt, dbiasAt, duAt, dy, uAt, x, w, epilogue.gain(), activation, addDx, addDw);
  }
}
