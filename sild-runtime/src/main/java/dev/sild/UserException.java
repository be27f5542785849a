package dev.sild;

/**
 * A mistake of the user's making: bad input, a missing file, a setting out of range. The message is
 * one line that says what is wrong and how to mend it; the command line prints it and exits with 2.
 */
public class UserException extends RuntimeException {
  public UserException(String message) {
    super(message);
  }

  public UserException(String message, Throwable cause) {
    super(message, cause);
  }
}
