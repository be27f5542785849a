/** The theories as tools: what a discretised reverse process loses, and how few steps lose it. */
package dev.sild.theory;
