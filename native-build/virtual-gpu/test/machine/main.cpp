// virtual_gpu_test DIRECTORY: checks every fact against the PTX files of that directory.
#include <map>
#include <memory>

#include "harness.h"

namespace vgpu::test {

int failures = 0;
static std::string directory;

std::vector<Fact>& facts() {
  static std::vector<Fact> list;
  return list;
}

std::string ptx_text(const std::string& name) {
  std::ifstream file(directory + "/" + name + ".ptx");
  return {std::istreambuf_iterator<char>(file), {}};
}

Module& module(const std::string& name) {
  static std::map<std::string, std::unique_ptr<Module>> modules;
  auto& m = modules[name];
  if (!m) {
    std::string error;
    m = Module::parse(ptx_text(name), &error);
    if (!m) {
      std::printf("%s.ptx: %s\n", name.c_str(), error.c_str());
      std::exit(1);
    }
  }
  return *m;
}

bool ends_well(const Outcome& outcome) {
  if (outcome.fault != Fault::NONE) std::printf("%s\n", outcome.message.c_str());
  return outcome.fault == Fault::NONE;
}

bool ends_in(const Outcome& outcome, Fault fault, const char* mention) {
  bool as_meant = outcome.fault == fault && outcome.message.find(mention) != std::string::npos;
  if (!as_meant) std::printf("%s expected, not: %s\n", fault_name(fault), outcome.message.c_str());
  return as_meant;
}

}  // namespace vgpu::test

int main(int, char** arguments) {
  using namespace vgpu::test;
  directory = arguments[1];
  for (const Fact& fact : facts()) {
    if (arguments[2] && std::string(fact.name).find(arguments[2]) == std::string::npos) continue;
    int before = failures;
    fact.check();
    std::printf("%s %s\n", failures == before ? "holds " : "FAILS ", fact.name);
  }
  std::printf("%d failures\n", failures);
  return failures != 0;
}
