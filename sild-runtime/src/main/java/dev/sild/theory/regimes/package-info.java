/**
 * The regimes of the reverse process: speciation, when a class is chosen, and collapse, when a
 * datum is. Closed forms, the replica-symmetric information of a generalised linear model, and
 * measurements with exact denoisers. Times are those of Ornstein–Uhlenbeck, σ² = e^{2t} − 1.
 */
package dev.sild.theory.regimes;
