/**
 * The same jobs in SiLD and in the programs that one would take instead. {@link Rivals} starts each
 * as a process of its own, in turn; {@link TorchMain} and {@link OnnxMain} are such processes.
 */
package dev.sild.rivals;
