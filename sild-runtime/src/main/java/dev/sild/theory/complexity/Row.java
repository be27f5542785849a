package dev.sild.theory.complexity;

import dev.sild.theory.steps.Estimate;
import dev.sild.theory.steps.LabelDivergence;

/**
 * What a law costs.
 *
 * @param best steps of the best schedule for the divergence that was asked for, read continuously
 * @param logSnr the same uniform in log-SNR
 * @param logSnrTheory the same by theory; but for a step, more than the best schedule needs
 * @param steps of the best schedule that was followed
 * @param predicted its path divergence by the curve, nats
 * @param simulated the same along simulated paths
 * @param labels divergence of the labels of samples; NaN where symmetry keeps them uniform
 */
public record Row(
    Law law,
    Estimate best,
    Estimate logSnr,
    double logSnrTheory,
    int steps,
    Estimate predicted,
    Estimate simulated,
    LabelDivergence labels) {}
