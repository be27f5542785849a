package dev.sild.data.image;

import java.io.IOException;

/** An image that is not one, or not whole; the message is the reason, without a name. */
final class DamagedImage extends IOException {
  DamagedImage(String reason) {
    super(reason);
  }
}
