/**
 * Yardsticks for the method. Principal components are the best that a linear autoencoder can do.
 */
package dev.sild.baseline;
