// What the machine's tests share: facts with names, device arrays, launches with typed arguments.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "machine.h"

namespace vgpu::test {

struct Fact {
  const char* name;
  void (*check)();
};
std::vector<Fact>& facts();
extern int failures;

struct Register {
  Register(const char* name, void (*check)()) { facts().push_back({name, check}); }
};

#define FACT(name)                                                  \
  static void name();                                               \
  static const ::vgpu::test::Register register_##name(#name, name); \
  static void name()

#define CHECK(condition)                                                        \
  do {                                                                          \
    if (!(condition)) {                                                         \
      std::printf("%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition); \
      ::vgpu::test::failures++;                                                 \
    }                                                                           \
  } while (0)

// The PTX of kernels/<name>.cu, parsed once.
Module& module(const std::string& name);
std::string ptx_text(const std::string& name);

// An array of the device, freed at the end; filled by the host, so initialised.
template <class T>
class Array {
 public:
  explicit Array(const std::vector<T>& values) : Array(values.size()) {
    std::memcpy(data(), values.data(), values.size() * sizeof(T));
    Memory::device().written(address_, values.size() * sizeof(T));
  }
  explicit Array(size_t n) : n_(n), address_(Memory::device().allocate(n * sizeof(T))) {}
  ~Array() { Memory::device().free(address_); }
  Array(const Array&) = delete;
  Array& operator=(const Array&) = delete;
  T* data() const { return reinterpret_cast<T*>(address_); }
  T& operator[](size_t i) const { return data()[i]; }
  size_t size() const { return n_; }

 private:
  size_t n_;
  uint64_t address_;
};

struct Shape {
  Dim grid, block;
  uint32_t shared = 0;
  bool cooperative = false;
};

template <class... Arguments>
Outcome launch(const Module& module, const char* name, const Shape& shape, Arguments... arguments) {
  const Kernel* kernel = module.find(name);
  if (!kernel || kernel->parameters.size() != sizeof...(arguments)) return {Fault::UNSUPPORTED, "no such kernel"};
  std::vector<uint8_t> bytes(kernel->parameter_bytes);
  size_t k = 0;
  ((std::memcpy(&bytes[kernel->parameters[k++].offset], &arguments, sizeof(arguments))), ...);
  return run({kernel, shape.grid, shape.block, shape.shared, bytes.data(), shape.cooperative});
}

// Runs with the given switches and puts back the usual ones.
struct With {
  explicit With(const Switches& s) : before(switches()) { switches() = s; }
  ~With() { switches() = before; }
  Switches before;
};
inline Switches schedule(uint64_t seed, bool races = true, bool initialised = false) {
  Switches s;
  s.schedule = seed;
  s.races = races;
  s.initialised = initialised;
  return s;
}

bool ends_well(const Outcome& outcome);  // prints the message where not
bool ends_in(const Outcome& outcome, Fault fault, const char* mention = "");

}  // namespace vgpu::test
