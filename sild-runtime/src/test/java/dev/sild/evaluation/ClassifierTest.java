package dev.sild.evaluation;

import dev.sild.bindings.Activation;
import dev.sild.network.Arithmetic.Scalar;
import dev.sild.network.GradientCheck;
import dev.sild.network.Reference;
import org.junit.jupiter.api.Test;

class ClassifierTest {
  private static final int PIXELS = 4;

  @Test
  void gradientsAreThoseOfItsFormula() {
    GradientCheck.confirm(2, PIXELS, b -> new Classifier(b, PIXELS), (r, x, _) -> logits(r, x));
  }

  private static Scalar[] logits(Reference r, Scalar[] x) {
    Scalar[] first = r.linear("first", x, Activation.SILU, null);
    Scalar[] features = r.linear("second", first, Activation.SILU, null);
    return r.linear("last", features, Activation.IDENTITY, null);
  }
}
