/**
 * How many steps: the divergence of a discretised reverse process from the curve of its denoising
 * error, and the schedules that make it small.
 */
package dev.sild.theory.steps;
