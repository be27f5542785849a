/**
 * How good are molecules? Measures of generated SMILES as MOSES and GuacaMol define them, by CDK
 * instead of RDKit: so "valid" means valid as {@link dev.sild.data.molecule.Verdict} has it, and
 * figures are near those published, not the same. An undefined figure is NaN.
 *
 * <p>Work is shared among all cores and summed in a fixed order: the same molecules give the same
 * bits.
 */
package dev.sild.evaluation.molecule;
