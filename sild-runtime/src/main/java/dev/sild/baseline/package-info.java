/**
 * Yardsticks for the method. Principal components are the best that a linear autoencoder can do; a
 * Gaussian mixture is the simplest density to draw latents from.
 */
package dev.sild.baseline;
