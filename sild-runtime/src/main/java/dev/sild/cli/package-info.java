/** The command line: one class a command, and nothing that an embedding program needs. */
package dev.sild.cli;
