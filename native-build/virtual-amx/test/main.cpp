// virtual_amx_test LIBRARY
#include <cpuid.h>
#include <dlfcn.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"

Library library;
bool hardware;

namespace {

template <class F>
void find(void* opened, F& function, const char* name) {
  function = reinterpret_cast<F>(dlsym(opened, name));
  CHECK(function != nullptr);
}

void open_library(const char* path) {
  void* opened = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!opened) fprintf(stderr, "%s\n", dlerror());
  CHECK(opened != nullptr);
  find(opened, library.install, "virtual_amx_install");
  find(opened, library.present, "virtual_amx_present");
  find(opened, library.products, "virtual_amx_products");
}

bool may_use_amx() {
  constexpr unsigned BF16 = 1 << 22, TILE = 1 << 24;
  constexpr int REQUEST_PERMISSION = 0x1023, TILE_DATA = 18;  // ARCH_REQ_XCOMP_PERM
  unsigned a, b, c, d;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(d & BF16) || !(d & TILE)) return false;
  return syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0;
}

}  // namespace

int main(int, char** arguments) {
  hardware = may_use_amx();
  open_library(arguments[1]);
  CHECK(!library.present());
  decoding();
  faults();  // in children, some of which install for themselves
  CHECK(!library.present());
  CHECK(library.install() == 1 && library.install() == 1 && library.present() == 1);
  products();
  state();
  threads();
  uint64_t executed = library.products();
  printf("%s; %llu products emulated\n", hardware ? "AMX" : "no AMX here", static_cast<unsigned long long>(executed));
  CHECK(hardware == (executed == 0));
}
