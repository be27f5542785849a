// The signals. All of this runs in a signal handler, possibly a JVM's thread's: no allocation, no locks, little stack.
#include <pthread.h>
#include <signal.h>
#include <ucontext.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

#include "tiles.h"
#include "virtual_amx.h"

namespace vamx {
namespace {

struct sigaction previous;  // whose SIGILL it was
std::atomic<bool> installed;

[[noreturn]] void die_of(int signal) {
  struct sigaction standard = {};
  standard.sa_handler = SIG_DFL;
  sigaction(signal, &standard, nullptr);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal);
  raise(signal);
  pthread_sigmask(SIG_UNBLOCK, &only, nullptr);  // SIGILL is blocked here
  abort();
}

// As if the kernel had delivered it there. What a processor raises cannot be ignored; what a process sends can.
void hand_on(const struct sigaction& action, int signal, siginfo_t* info, void* context) {
  bool with_info = action.sa_flags & SA_SIGINFO;
  if (!with_info && action.sa_handler == SIG_IGN && info->si_code <= 0) return;
  if (!with_info && (action.sa_handler == SIG_IGN || action.sa_handler == SIG_DFL)) die_of(signal);
  pthread_sigmask(SIG_BLOCK, &action.sa_mask, nullptr);  // the return from the signal restores it
  if (with_info) {
    action.sa_sigaction(signal, info, context);
  } else {
    action.sa_handler(signal);
  }
}

// Linux turns #GP into a SIGSEGV without an address.
void protection_fault(void* context) {
  struct sigaction action;
  sigaction(SIGSEGV, nullptr, &action);
  siginfo_t info = {};
  info.si_signo = SIGSEGV;
  info.si_code = SI_KERNEL;
  hand_on(action, SIGSEGV, &info, context);
}

Outcome step(ucontext_t* context) {
  greg_t* registers = context->uc_mcontext.gregs;
  std::optional<Instruction> instruction = decode(context->uc_mcontext.gregs);
  if (!instruction) return Outcome::UNDEFINED;
  Outcome outcome = execute(*instruction);
  if (outcome == Outcome::DONE) registers[REG_RIP] += instruction->length;
  return outcome;
}

void handle(int signal, siginfo_t* info, void* context) {
  int error = errno;
  bool by_processor = info->si_code > 0;  // otherwise somebody sent it, and it says nothing about what stands at the pc
  Outcome outcome = by_processor ? step(static_cast<ucontext_t*>(context)) : Outcome::UNDEFINED;
  if (outcome == Outcome::UNDEFINED) hand_on(previous, signal, info, context);
  if (outcome == Outcome::PROTECTED) protection_fault(context);
  errno = error;
}

void install() {
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return;  // product.cpp is compiled for them
  struct sigaction ours = {};
  ours.sa_sigaction = handle;
  ours.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&ours.sa_mask);  // a load from nowhere must reach the handler of SIGSEGV
  // First asked, then taken: from the second call on, another thread may be in handle() and need it.
  installed = sigaction(SIGILL, nullptr, &previous) == 0 && sigaction(SIGILL, &ours, nullptr) == 0;
}

}  // namespace
}  // namespace vamx

#define EXPORTED extern "C" __attribute__((visibility("default")))

EXPORTED int virtual_amx_install(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, vamx::install);
  return virtual_amx_present();
}

EXPORTED int virtual_amx_present(void) { return vamx::installed; }

EXPORTED uint64_t virtual_amx_products(void) { return vamx::products(); }
