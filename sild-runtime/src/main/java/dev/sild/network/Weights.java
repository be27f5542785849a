package dev.sild.network;

import dev.sild.data.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Learned tensors on the host, by name, in the order of their declaration.
 *
 * @param tensors name to f32 tensor
 */
public record Weights(Map<String, Tensor> tensors) {
  public Weights {
    tensors = new LinkedHashMap<>(tensors);
  }

  /** A copy of one arena. */
  public static Weights of(Parameters parameters, Parameters.Kind kind) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (Parameter p : parameters.all())
      tensors.put(p.name(), Tensor.of(p.name(), p.in(kind).floats(), p.shape()));
    return new Weights(tensors);
  }

  /** Those of {@code all} whose names begin with {@code prefix}, without it. */
  public static Weights named(String prefix, List<Tensor> all) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (Tensor t : all)
      if (t.name().startsWith(prefix)) {
        String name = t.name().substring(prefix.length());
        tensors.put(name, new Tensor(name, t.dtype(), t.shape(), t.data()));
      }
    return new Weights(tensors);
  }

  /** All but those whose names begin with {@code prefix}. */
  public Weights without(String prefix) {
    Map<String, Tensor> kept = new LinkedHashMap<>(tensors);
    kept.keySet().removeIf(name -> name.startsWith(prefix));
    return new Weights(kept);
  }

  /** These under names that begin with {@code prefix}. */
  public Weights under(String prefix) {
    Map<String, Tensor> renamed = new LinkedHashMap<>();
    for (Tensor t : prefixed(prefix)) renamed.put(t.name(), t);
    return new Weights(renamed);
  }

  /** The tensors under names that begin with {@code prefix}. */
  public List<Tensor> prefixed(String prefix) {
    return tensors.values().stream()
        .map(t -> new Tensor(prefix + t.name(), t.dtype(), t.shape(), t.data()))
        .toList();
  }

  /**
   * Fills one arena.
   *
   * @throws IllegalArgumentException if a declared tensor is not here in its size
   */
  public void copyTo(Parameters parameters, Parameters.Kind kind) {
    for (Parameter p : parameters.all()) {
      Tensor tensor = tensors.get(p.name());
      if (tensor == null) throw new IllegalArgumentException("no tensor " + p.name());
      if (tensor.data().byteSize() != p.in(kind).bytes())
        throw new IllegalArgumentException(
            "%s has %d bytes, not those of %s"
                .formatted(p.name(), tensor.data().byteSize(), p.in(kind)));
      p.in(kind).write(tensor.data());
    }
  }

  /** These and others; a name that stands in both is taken from {@code others}. */
  public Weights and(Weights others) {
    Map<String, Tensor> all = new LinkedHashMap<>(tensors);
    all.putAll(others.tensors);
    return new Weights(all);
  }
}
