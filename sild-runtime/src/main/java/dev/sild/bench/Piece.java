package dev.sild.bench;

/**
 * One op of a job. Pieces run in their order: one may read what the one before it wrote.
 *
 * @param run issues it on the job's stream
 */
public record Piece(String name, Work work, Runnable run) {}
