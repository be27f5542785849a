// What must end a process does, and what was there before hears of it. Each in a child of its own.
#include <immintrin.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "check.h"

namespace {

// The signal that ended the child, or 0 if it came to its end.
template <class F>
int signal_of(F body) {
  pid_t child = fork();
  if (child == 0) {
    constexpr rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    if (library.install() != 1) _exit(1);
    body();
    _exit(0);
  }
  int status = 0;
  CHECK(child > 0 && waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

void configure(const vamx::Config& config) {
  written();
  _tile_loadconfig(&config);
}

uint8_t memory[16][64];

void what_is_not_amx_still_ends_the_process() {
  CHECK(signal_of([] { asm volatile("ud2"); }) == SIGILL);
  CHECK(signal_of([] { asm volatile(".byte 0xC4, 0xE2, 0xFB, 0x49, 0xC0"); }) == SIGILL);  // tilezero with W
  CHECK(signal_of([] { raise(SIGILL); }) == SIGILL);
  CHECK(signal_of([] { configure(config_of({{16, 64}})); _tile_loadd(0, memory, 64); asm volatile("ud2"); }) == SIGILL);
  CHECK(signal_of([] { configure(config_of({{16, 64}})); _tile_loadd(0, memory, 64); }) == 0);
}

void tiles_without_configuration_are_undefined() {
  CHECK(signal_of([] { _tile_zero(0); }) == SIGILL);
  CHECK(signal_of([] { _tile_loadd(0, memory, 64); }) == SIGILL);
  CHECK(signal_of([] { _tile_stored(0, memory, 64); }) == SIGILL);
  CHECK(signal_of([] { _tile_dpbf16ps(0, 1, 2); }) == SIGILL);
  CHECK(signal_of([] { configure(config_of({{16, 64}})); _tile_release(); _tile_zero(0); }) == SIGILL);
  CHECK(signal_of([] { configure(config_of({{16, 64}})); _tile_zero(1); }) == SIGILL);
  CHECK(signal_of([] { configure(config_of({{1, 6}})); _tile_loadd(0, memory, 64); }) == SIGILL);
  CHECK(signal_of([] { configure(config_of({{1, 6}})); _tile_stored(0, memory, 64); }) == SIGILL);
  vamx::Config late = config_of({{3, 64}});
  late.start_row = 3;
  CHECK(signal_of([&] { configure(late); _tile_loadd(0, memory, 64); }) == SIGILL);
  CHECK(signal_of([&] { configure(late); _tile_stored(0, memory, 64); }) == SIGILL);
}

template <size_t N>
int signal_of_product(const Shape (&shapes)[N]) {
  return signal_of([&] { configure(config_of(shapes)); _tile_dpbf16ps(0, 1, 2); });
}

void products_that_do_not_fit_are_undefined() {
  CHECK(signal_of_product({{5, 12}, {5, 28}, {7, 12}}) == 0);
  CHECK(signal_of_product({{5, 12}, {5, 28}, {7, 16}}) == SIGILL);
  CHECK(signal_of_product({{5, 12}, {6, 28}, {7, 12}}) == SIGILL);
  CHECK(signal_of_product({{5, 12}, {5, 28}, {8, 12}}) == SIGILL);
  CHECK(signal_of_product({{5, 12}, {5, 28}}) == SIGILL);
  CHECK(signal_of_product({{5, 10}, {5, 28}, {7, 10}}) == SIGILL);
  CHECK(signal_of_product({{5, 12}, {5, 30}, {7, 12}}) == SIGILL);
  vamx::Config square = config_of({{16, 64}, {16, 64}, {16, 64}});
  CHECK(signal_of([&] { configure(square); asm volatile(".byte 0xC4, 0xE2, 0x6A, 0x5C, 0xC0"); }) == SIGILL);  // 0, 0, 2
  CHECK(signal_of([&] { configure(square); asm volatile(".byte 0xC4, 0xE2, 0x72, 0x5C, 0xC1"); }) == SIGILL);  // 0, 1, 1
  CHECK(signal_of([&] { configure(square); asm volatile(".byte 0xC4, 0xE2, 0x7A, 0x5C, 0xC1"); }) == SIGILL);  // 0, 1, 0
}

int signal_of_config(size_t byte, uint8_t value) {
  vamx::Config config = config_of({{16, 64}, {3, 20}});
  memcpy(reinterpret_cast<uint8_t*>(&config) + byte, &value, 1);
  return signal_of([&] { configure(config); });
}

void wrong_configurations_are_protection_faults() {
  CHECK(signal_of_config(0, 1) == 0 && signal_of_config(0, 2) == SIGSEGV);  // the palette
  CHECK(signal_of_config(1, 200) == 0);                                    // the first row is not looked at
  for (size_t reserved : {2, 15, 32, 47, 56, 63}) CHECK(signal_of_config(reserved, 1) == SIGSEGV);
  CHECK(signal_of_config(16, 68) == SIGSEGV && signal_of_config(17, 1) == SIGSEGV);  // too wide
  CHECK(signal_of_config(48, 17) == SIGSEGV);                                       // too high
  CHECK(signal_of_config(18, 0) == SIGSEGV && signal_of_config(49, 0) == SIGSEGV);   // one of the two is zero
  CHECK(signal_of_config(30, 4) == SIGSEGV && signal_of_config(55, 1) == SIGSEGV);
}

void memory_that_is_not_there_is_a_fault() {
  CHECK(signal_of([] { configure(config_of({{16, 64}})); _tile_loadd(0, memory, int64_t(1) << 40); }) == SIGSEGV);
  CHECK(signal_of([] { configure(config_of({{16, 64}})); _tile_stored(0, memory, int64_t(1) << 40); }) == SIGSEGV);
  const void* volatile nowhere = reinterpret_cast<void*>(64);  // volatile: the compiler would see it, and warn
  CHECK(signal_of([&] { _tile_loadconfig(nowhere); }) == SIGSEGV);
}

volatile int heard, heard_code;
uint8_t first_byte;
size_t skipped;  // bytes, by the handler

void hear(int signal, siginfo_t* info, void* context) {
  greg_t& pc = static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP];
  sigset_t blocked;
  sigprocmask(SIG_SETMASK, nullptr, &blocked);
  bool as_asked = info->si_signo == signal && sigismember(&blocked, signal) && sigismember(&blocked, SIGUSR1);
  heard = as_asked ? signal : -1;
  heard_code = info->si_code;
  memcpy(&first_byte, reinterpret_cast<void*>(pc), 1);
  pc += greg_t(skipped);
}

void listen(int signal) {
  struct sigaction action = {};
  action.sa_sigaction = hear;
  action.sa_flags = SA_SIGINFO;
  sigaddset(&action.sa_mask, SIGUSR1);
  sigaddset(&action.sa_mask, signal);
  sigaction(signal, &action, nullptr);
}

// A child whose handler was there first.
template <class F>
int signal_with_handler(F body) {
  struct sigaction before;
  sigaction(SIGILL, nullptr, &before);
  listen(SIGILL);
  int signal = signal_of(body);
  sigaction(SIGILL, &before, nullptr);
  return signal;
}

void who_had_sigill_before_gets_the_rest() {
  CHECK(signal_with_handler([] {
          skipped = 2;
          asm volatile("ud2" ::: "memory");
          if (heard != SIGILL || first_byte != 0x0F) _exit(2);
          heard = 0;
          configure(config_of({{16, 64}, {16, 64}, {16, 64}}));
          _tile_dpbf16ps(0, 1, 2);
          if (heard != 0) _exit(3);
          skipped = 5;
          _tile_zero(7);
          if (heard != SIGILL || first_byte != 0xC4) _exit(4);
        }) == 0);
}

// Even if it arrives before an AMX instruction.
void a_signal_that_was_sent_is_handed_on() {
  CHECK(signal_with_handler([] {
          asm volatile("syscall\n tilerelease" ::"a"(SYS_tgkill), "D"(getpid()), "S"(gettid()), "d"(SIGILL)
                       : "rcx", "r11", "memory");
          if (heard != SIGILL || heard_code != SI_TKILL) _exit(2);
        }) == 0);
}

// The kernel's rule: what the processor raises cannot be ignored.
void sigill_may_be_ignored_only_if_it_was_sent() {
  signal(SIGILL, SIG_IGN);
  CHECK(signal_of([] { raise(SIGILL); }) == 0);
  CHECK(signal_of([] { asm volatile("ud2"); }) == SIGILL);
  signal(SIGILL, SIG_DFL);
}

void who_has_sigsegv_gets_the_protection_faults() {
  CHECK(signal_of([] {
          listen(SIGSEGV);
          vamx::Config wrong = config_of({{17, 64}});
          const vamx::Config* address = &wrong;
          skipped = 5;
          written();
          asm volatile("ldtilecfg (%0)" ::"a"(address) : "memory");
          if (heard != SIGSEGV || heard_code != SI_KERNEL || first_byte != 0xC4) _exit(2);
        }) == 0);
}

}  // namespace

void faults() {
  what_is_not_amx_still_ends_the_process();
  tiles_without_configuration_are_undefined();
  products_that_do_not_fit_are_undefined();
  wrong_configurations_are_protection_faults();
  memory_that_is_not_there_is_a_fault();
  who_had_sigill_before_gets_the_rest();
  a_signal_that_was_sent_is_handed_on();
  sigill_may_be_ignored_only_if_it_was_sent();
  who_has_sigsegv_gets_the_protection_faults();
}
