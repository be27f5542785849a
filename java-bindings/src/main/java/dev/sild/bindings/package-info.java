/**
 * How Java reaches the kernels: {@link dev.sild.bindings.Device}, {@link dev.sild.bindings.Buffer},
 * {@link dev.sild.bindings.Stream} and one method an op.
 *
 * <p>Who owns what: a {@code Device} owns its threads, a {@code Buffer} its memory, a {@code
 * Stream} the scratch memory of its ops; each is freed by {@code close()} and never by the garbage
 * collector. A {@code View} borrows from a buffer and is worth nothing once that is closed: asking
 * it for its address then throws.
 */
package dev.sild.bindings;
