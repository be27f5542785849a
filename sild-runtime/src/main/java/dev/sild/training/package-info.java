/**
 * From a configuration to a trained model: the stages, one training loop, checkpoints and the run
 * directory.
 */
package dev.sild.training;
