package dev.sild.bindings;

import java.util.ArrayList;
import java.util.List;

/** One arena: a table of named shapes, allocated once. Owns its memory; closing frees it. */
public final class MemoryPlan implements AutoCloseable {
  private static final long ALIGNMENT = 64;

  private final String title;
  private final List<Slot> slots = new ArrayList<>();
  private Buffer buffer;

  public MemoryPlan(String title) {
    this.title = title;
  }

  /** Plans a tensor. */
  public Slot add(String name, DType type, long... shape) {
    if (buffer != null) throw new IllegalStateException(title + " is allocated already");
    Slot slot = new Slot(name, type, shape);
    slots.add(slot);
    return slot;
  }

  /** Plans an f32 tensor. */
  public Slot add(String name, long... shape) {
    return add(name, DType.F32, shape);
  }

  /** What this arena is for. */
  public String title() {
    return title;
  }

  /** Size of the arena. */
  public long bytes() {
    return slots.stream().mapToLong(slot -> aligned(slot.bytes())).sum();
  }

  /** Gives every slot its memory, all zero. Returns this plan. */
  public MemoryPlan allocate(Device device) {
    buffer = device.allocate(Math.max(bytes(), ALIGNMENT));
    long offset = 0;
    for (Slot slot : slots) {
      slot.place(buffer.view(offset, slot.type(), slot.shape()));
      offset += aligned(slot.bytes());
    }
    return this;
  }

  @Override
  public void close() {
    if (buffer != null) buffer.close();
  }

  static long aligned(long bytes) {
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }
}
