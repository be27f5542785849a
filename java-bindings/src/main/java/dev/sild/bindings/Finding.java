package dev.sild.bindings;

/**
 * Something that a machine has or lacks.
 *
 * @param what its name
 * @param state what was found
 * @param advice what to do about it, or nothing
 */
public record Finding(String what, String state, String advice) {}
