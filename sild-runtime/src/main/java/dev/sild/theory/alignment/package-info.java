/**
 * Collapse by gradient flow: how fast the two-layer conservative network aligns with a manifold,
 * and what the signs, the weight of the loss and the noise have to do with it.
 */
package dev.sild.theory.alignment;
