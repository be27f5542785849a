/** The diffusion process: preconditioning, the latent denoiser and its vocabulary. */
package dev.sild.diffusion;
