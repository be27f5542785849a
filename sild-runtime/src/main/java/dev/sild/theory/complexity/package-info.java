/**
 * What the number of steps depends on: the budget of a fixed divergence for families of laws in
 * which one thing changes at a time, by theory and by measurement.
 */
package dev.sild.theory.complexity;
