/**
 * Ridge regression of the score on random features: what it costs in samples, features and
 * dimensions, and what each phase of a reverse process that is built from it adds to the error.
 */
package dev.sild.theory.features;
