/**
 * How good is it? Measures of generation and reconstruction. Those that need nothing but arrays:
 * {@link dev.sild.evaluation.Modes}, {@link dev.sild.evaluation.Frechet}, {@link
 * dev.sild.evaluation.KernelDistance}, {@link dev.sild.evaluation.PrecisionRecall}, {@link
 * dev.sild.evaluation.LatentStatistics}, and {@link dev.sild.evaluation.NearestNeighbours} with
 * {@link dev.sild.evaluation.Memorisation}. Beside them those that look through a network.
 *
 * <p>Every figure is summed in double in a fixed order and every draw is seeded: the same input on
 * the same device gives the same bits. Arrays are row-major and borrowed; a method that is given a
 * device frees what it allocates there before it returns.
 */
package dev.sild.evaluation;
