package dev.sild.cli;

import dev.sild.UserException;
import dev.sild.bindings.Device;
import dev.sild.bindings.DeviceException;
import dev.sild.bindings.Finding;
import dev.sild.bindings.Precision;
import dev.sild.bindings.cpu.CpuDevice;
import dev.sild.bindings.cuda.CudaSetup;
import dev.sild.report.Table;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code doctor}: what runs here, and what to do about what does not. */
@Command(
    name = "doctor",
    description =
        "Says what runs on this machine, and what is missing. With --self-test, tries it.")
final class DoctorCommand implements Callable<Integer> {
  private static final Path REPORT = Path.of("sild-self-test.json");

  @Mixin Common common;

  @Option(
      names = "--self-test",
      description =
          "run every op on the device and hold it against the CPU's plainest instruction set;"
              + " takes less than a minute and writes a report to send")
  boolean selfTest;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "report of the self-test (default: sild-self-test.json)")
  Path out;

  @Override
  public Integer call() throws IOException {
    if (out == null) out = REPORT;
    else if (!selfTest) throw new UserException("--out is for the report of --self-test: add that");
    if (selfTest) ArrayFile.requireWritable(out);
    try (Device device = selfTest ? common.openDevice() : null) {
      List<Finding> findings = findings();
      Table table = Table.of("what", "state", "advice");
      for (Finding f : findings) table = table.row(f.what(), f.state(), f.advice());
      common.words().println(table);
      Map<String, Object> result = new LinkedHashMap<>();
      for (Finding f : findings) result.put(f.what(), f.state());
      boolean right = device == null || tryOut(device, findings, result);
      common.print(result);
      return right ? 0 : Main.FAILURE;
    }
  }

  private boolean tryOut(Device device, List<Finding> findings, Map<String, Object> result)
      throws IOException {
    SelfTestRun run = SelfTestRun.on(device, Precision.of(common.precision));
    run.print(common.words());
    run.write(out, findings);
    common.words().printf("report: %s%n", out.toAbsolutePath());
    result.put("self_test", run.summary());
    result.put("out", out.toString());
    return run.passed();
  }

  private static List<Finding> findings() {
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
    findings.addAll(CudaSetup.findings());
    return findings;
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
}
