package dev.sild.bindings;

/**
 * The key of a drawing (Philox4x32-10): two drawings with different purposes never share a number.
 *
 * @param seed the user's seed
 * @param purpose what the numbers are for
 */
public record Noise(int seed, int purpose) {}
