package dev.sild.rivals;

/**
 * What a program said of one run.
 *
 * @param samplesPerSecond rows trained on, or drawn
 * @param version name and version of the program, may be empty
 * @param form which of its ways it took, may be empty
 */
record Measured(double samplesPerSecond, String version, String form) {}
