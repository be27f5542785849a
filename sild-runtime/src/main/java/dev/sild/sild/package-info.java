/**
 * The method itself: the autoencoder that the score induces, its latents, and the trained model.
 */
package dev.sild.sild;
