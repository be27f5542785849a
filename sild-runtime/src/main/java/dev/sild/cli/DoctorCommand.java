package dev.sild.cli;

import dev.sild.bindings.Device;
import dev.sild.bindings.DeviceException;
import dev.sild.bindings.cpu.CpuDevice;
import dev.sild.report.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code doctor}: what runs here, and what to do about what does not. */
@Command(name = "doctor", description = "Says what runs on this machine, and what is missing.")
final class DoctorCommand implements Callable<Integer> {
  @Mixin Common common;

  /** One finding. */
  private record Finding(String what, String state, String advice) {}

  @Override
  public Integer call() {
    List<Finding> findings = new ArrayList<>();
    findings.add(new Finding("sild", Main.Version.number(), ""));
    findings.add(
        new Finding(
            "java",
            System.getProperty("java.version") + ", " + System.getProperty("java.vendor"),
            ""));
    findings.add(system(System.getProperty("os.name"), System.getProperty("os.arch")));
    findings.add(cpu());
    findings.add(instructionSets());
    findings.add(cuda());
    Table table = Table.of("what", "state", "advice");
    for (Finding f : findings) table = table.row(f.what, f.state, f.advice);
    common.words().println(table);
    Map<String, Object> result = new LinkedHashMap<>();
    for (Finding f : findings) result.put(f.what, f.state);
    common.print(result);
    return 0;
  }

  /** What this build promises on a system. */
  private static Finding system(String name, String arch) {
    String os = name.toLowerCase(Locale.ROOT);
    String state = name + " " + arch;
    boolean linux = os.startsWith("linux");
    if (linux && arch.equals("amd64")) return new Finding("system", state, "fully supported");
    if (linux && arch.equals("aarch64"))
      return new Finding(
          "system", state, "kernels compile and run without vector variants; untested on hardware");
    if (os.startsWith("mac"))
      return new Finding(
          "system", state, "untested: the build needs Xcode's command line tools, CMake and Maven");
    return new Finding(
        "system", state, "not supported: the kernels need POSIX threads; use WSL 2 on Windows");
  }

  private static Finding cpu() {
    try (Device device = CpuDevice.open()) {
      return new Finding(
          "cpu device",
          "%s; %d MiB free".formatted(device.description(), device.freeBytes() >> 20),
          "");
    } catch (DeviceException e) {
      return new Finding("cpu device", "missing", e.getMessage());
    }
  }

  private static Finding instructionSets() {
    try {
      return new Finding("instruction sets", String.join(", ", CpuDevice.variants()), "");
    } catch (DeviceException e) {
      return new Finding("instruction sets", "unknown", e.getMessage());
    }
  }

  private static Finding cuda() {
    try (Device device = Device.open("cuda")) {
      return new Finding("cuda device", device.description(), "");
    } catch (DeviceException e) {
      return new Finding("cuda device", "none", e.getMessage());
    }
  }
}
