/** The CPU device: Panama FFM onto libsild_cpu, which travels inside the jar. */
package dev.sild.bindings.cpu;
