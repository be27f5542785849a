/**
 * Schedules, and samplers as a page of the paper each. A schedule, a denoiser and a solver are
 * separate values.
 */
package dev.sild.sampling;
