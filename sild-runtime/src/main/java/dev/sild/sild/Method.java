package dev.sild.sild;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.sild.UserException;
import java.util.Arrays;

/** How samples get a latent, and what generates latents: the program's own way and its rivals. */
public enum Method {
  /** Collapse, then refine: no penalty on the latents. */
  @JsonProperty("sild")
  SILD("SiLD"),

  /** A variational autoencoder, then latent diffusion (Rombach et al. 2022). */
  @JsonProperty("vae")
  VAE("VAE"),

  /** A Wasserstein autoencoder by MMD (Tolstikhin et al. 2018), then latent diffusion. */
  @JsonProperty("mmd")
  MMD("WAE-MMD"),

  /** An autoencoder with an adversary of its latents (WAE-GAN, ibid.), then latent diffusion. */
  @JsonProperty("gan")
  GAN("adversarial"),

  /** An autoencoder without penalty, then latent diffusion. */
  @JsonProperty("ae")
  AE("autoencoder"),

  /** The same autoencoder; a Gaussian mixture of its latents (Ghosh et al. 2020) draws. */
  @JsonProperty("gmm")
  GMM("autoencoder, Gaussian mixture"),

  /** Diffusion of the data themselves. */
  @JsonProperty("ambient")
  AMBIENT("data-space diffusion");

  private final String label;

  Method(String label) {
    this.label = label;
  }

  /**
   * The method of a name.
   *
   * @throws UserException if there is none
   */
  public static Method of(String name) {
    for (Method method : values()) if (method.key().equals(name.strip())) return method;
    throw new UserException(
        "no method %s: choose of %s"
            .formatted(name, String.join(", ", Arrays.stream(values()).map(Method::key).toList())));
  }

  /** What people call it. */
  public String label() {
    return label;
  }

  /** Its name in configurations and on the command line. */
  public String key() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }

  /** Whether an encoder and a decoder are trained. */
  public boolean compresses() {
    return this != AMBIENT;
  }

  /** Whether a diffusion draws the latents. */
  public boolean diffuses() {
    return this != GMM;
  }
}
