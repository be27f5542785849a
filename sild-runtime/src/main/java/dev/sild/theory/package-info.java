/**
 * The theories as tools. {@code steps}: what a discretised reverse process loses, and how few steps
 * lose it. {@code complexity}: what that number depends on. Here, what all of them share: laws
 * whose denoiser is exact.
 */
package dev.sild.theory;
