package dev.sild.bindings.cpu;

import dev.sild.bindings.DeviceException;

/** What an op of libsild_cpu returned. */
final class Status {
  private Status() {}

  /** Throws what a status other than 0 means. */
  static void check(int status, String call) {
    switch (status) {
      case 0 -> {}
      case 1 -> throw new IllegalArgumentException(call + ": an argument is out of its range");
      case 2 -> throw new DeviceException(call + ": out of memory");
      default -> throw new DeviceException(call + ": status " + status);
    }
  }
}
