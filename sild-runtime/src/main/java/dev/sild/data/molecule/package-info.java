/**
 * Molecules as data: the files they come in, what makes one valid, the tokens that spell it, and
 * pictures of it. Strings are SMILES; chemistry is CDK's, and stays in this package and in {@code
 * dev.sild.evaluation.molecule}.
 *
 * <p>The canonical form is CDK's canonical SMILES with aromatic symbols, without stereochemistry
 * and without isotopes' or atoms' labels: two strings are the same molecule if their canonical
 * forms are equal.
 */
package dev.sild.data.molecule;
