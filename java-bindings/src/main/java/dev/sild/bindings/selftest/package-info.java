/**
 * Every op on a device, held against the same op on another: what a user runs on silicon that
 * nobody tried before, and what the tests run on the stand-in. {@link
 * dev.sild.bindings.selftest.SelfTest} has the list; the cases of an op stand in its family's file.
 */
package dev.sild.bindings.selftest;
