package dev.sild.bindings;

/**
 * Constants of AdamW (Loshchilov and Hutter 2019).
 *
 * @param clip largest gradient norm, 0 for none
 */
public record AdamW(double beta1, double beta2, double epsilon, double weightDecay, double clip) {}
