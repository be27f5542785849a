package dev.sild.report;

/**
 * An image of a {@link Report}.
 *
 * @param title what it is: "data", "reconstructions", "samples"
 * @param png the bytes of a PNG file
 * @param caption a sentence on how it was made; may be empty
 */
public record Figure(String title, byte[] png, String caption) {}
