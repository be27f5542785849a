package dev.sild.network;

import dev.sild.bindings.Buffer;
import dev.sild.bindings.DType;
import dev.sild.bindings.Device;
import dev.sild.bindings.Noise;
import dev.sild.bindings.Stream;
import dev.sild.bindings.View;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The learned tensors of a network. Values, gradients, both moments and moving averages lie in one
 * arena each, laid out alike, so that the optimiser is one pass over all of them. Owns its memory.
 */
public final class Parameters implements AutoCloseable {
  /** The arenas. */
  public enum Kind {
    VALUE,
    GRADIENT,
    FIRST_MOMENT,
    SECOND_MOMENT,
    AVERAGE,
    /** A second moving average, only where a run keeps two. */
    SECOND_AVERAGE
  }

  private static final int ALIGNMENT = 16; // elements

  private final Map<String, Parameter> parameters = new LinkedHashMap<>();
  private final Map<Kind, Buffer> arenas = new EnumMap<>(Kind.class);
  private long elements;

  /**
   * A weight of {@code shape}, drawn from N(0, deviation²). The same name again is the same tensor.
   */
  public Parameter normal(String name, double deviation, long... shape) {
    return declare(name, deviation, 0, shape);
  }

  /** A tensor that begins with all elements {@code start}. */
  public Parameter constant(String name, double start, long... shape) {
    return declare(name, 0, start, shape);
  }

  private Parameter declare(String name, double deviation, double start, long... shape) {
    Parameter known = parameters.get(name);
    if (known != null) {
      if (!Arrays.equals(known.shape(), shape))
        throw new IllegalArgumentException(name + " has two shapes");
      return known;
    }
    if (!arenas.isEmpty()) throw new IllegalStateException(name + " comes after allocation");
    Parameter parameter = new Parameter(this, name, shape, elements, deviation, start);
    parameters.put(name, parameter);
    elements += (parameter.elements() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return parameter;
  }

  /** Allocates the values, and for training the arenas of one average. Idempotent. */
  public void allocate(Device device, boolean training) {
    for (Kind kind : Kind.values())
      if (kind == Kind.VALUE || (training && kind != Kind.SECOND_AVERAGE)) allocate(device, kind);
  }

  /** Allocates one more arena, if it is not there. */
  public void allocate(Device device, Kind kind) {
    arenas.computeIfAbsent(kind, _ -> device.allocate(elements * Float.BYTES));
  }

  /** Whether an arena is there. */
  public boolean has(Kind kind) {
    return arenas.containsKey(kind);
  }

  /** Draws the initial values; moving averages begin there too. */
  public void initialise(Stream stream, Noise noise) {
    int index = 0;
    for (Parameter parameter : parameters.values()) {
      View value = parameter.value();
      if (parameter.deviation() > 0) {
        stream.samplerStep(
            value, null, 0, null, 0, null, 0, parameter.deviation(), noise, null, index);
      } else if (parameter.start() != 0) {
        stream.fill(value, parameter.start());
      }
      for (Kind average : List.of(Kind.AVERAGE, Kind.SECOND_AVERAGE))
        if (has(average)) parameter.in(average).write(value.floats());
      index++;
    }
  }

  /** All tensors in the order of their declaration. */
  public Collection<Parameter> all() {
    return parameters.values();
  }

  /** The tensor of that name, or null. */
  public Parameter get(String name) {
    return parameters.get(name);
  }

  /** Number of learned numbers. */
  public long count() {
    return parameters.values().stream().mapToLong(Parameter::elements).sum();
  }

  /** Numbers in one arena: those learned, and what aligns them. */
  public long elements() {
    return elements;
  }

  /** Bytes of one arena. */
  public long arenaBytes() {
    return elements * Float.BYTES;
  }

  /** One arena as a flat view. */
  public View flat(Kind kind) {
    return arena(kind).view(0, DType.F32, elements);
  }

  Buffer arena(Kind kind) {
    Buffer arena = arenas.get(kind);
    if (arena == null)
      throw new IllegalStateException("no " + kind + " arena: not allocated for that");
    return arena;
  }

  @Override
  public void close() {
    arenas.values().forEach(Buffer::close);
  }
}
