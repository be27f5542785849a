package dev.sild.bindings;

/**
 * A device that is not there, has no memory left, or refused an op. The message is one line for the
 * user.
 */
public class DeviceException extends RuntimeException {
  public DeviceException(String message) {
    super(message);
  }

  public DeviceException(String message, Throwable cause) {
    super(message, cause);
  }
}
