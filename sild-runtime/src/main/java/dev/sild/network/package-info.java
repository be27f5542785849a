/**
 * Networks as short lists of layers, each with a written forward and backward pass. There is no
 * autograd: a new layer is one class.
 *
 * <p>Building a network against a {@link dev.sild.network.Blueprint} declares its tensors; {@code
 * allocate} then puts each kind into one arena. Two networks built over the same {@link
 * dev.sild.network.Parameters} share their weights, so that one model serves several threads, each
 * with activations of its own.
 */
package dev.sild.network;
