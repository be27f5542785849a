/** One's own data, or a model of them, in the light of the theories. */
package dev.sild.theory.diagnosis;
