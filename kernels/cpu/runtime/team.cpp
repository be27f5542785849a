// kernels/cpu/runtime/team.cpp — spin, then park.
#include "team.h"

#if defined(__x86_64__)
#define PAUSE() __builtin_ia32_pause()
#elif defined(__aarch64__)
#define PAUSE() asm volatile("yield")
#else
#define PAUSE() ((void)0)
#endif

namespace {

constexpr int SPINS = 20000;       // ~ 0.5 ms: longer than the gap between two ops of a training step
constexpr int SPINS_A_YIELD = 64;  // somebody else may need this core

template <class Done>
bool spin(Done done, int limit) {
  for (int i = 0; i < limit; i++) {
    if (done()) return true;
    PAUSE();
    if (i % SPINS_A_YIELD == SPINS_A_YIELD - 1) std::this_thread::yield();
  }
  return false;
}

template <class Done>
void spin(Done done) {
  while (!spin(done, SPINS)) {}
}

}  // namespace

sild_team::sild_team(int threads) {
  try {
    for (int member = 1; member < threads; member++) workers.emplace_back([this, member] { serve(member); });
  } catch (...) {  // the process may not have so many threads: those that began must end before their team does
    dismiss();
    throw;
  }
}

sild_team::~sild_team() { dismiss(); }

void sild_team::dismiss() {
  {
    std::lock_guard<std::mutex> lock(door);
    closing = true;
  }
  bell.notify_all();
  for (auto& worker : workers) worker.join();
}

void sild_team::run(Work next, void* its_context) {
  if (workers.empty() || !busy.try_lock()) return next(its_context, 0, 1);
  work = next;
  context = its_context;
  unfinished = int(workers.size());
  round.fetch_add(1);
  if (parked.load() > 0) {
    std::lock_guard<std::mutex> lock(door);  // a worker between its last look and its sleep holds the door
    bell.notify_all();
  }
  next(its_context, 0, int(workers.size()) + 1);
  spin([this] { return unfinished.load() == 0; });
  busy.unlock();
}

void sild_team::serve(int member) {
  for (uint64_t seen = 0;; seen++) {
    auto called = [&] { return round.load() != seen || closing.load(); };
    if (!spin(called, SPINS)) {
      std::unique_lock<std::mutex> lock(door);
      parked.fetch_add(1);
      bell.wait(lock, called);
      parked.fetch_sub(1);
    }
    if (closing.load()) return;
    work(context, member, int(workers.size()) + 1);
    unfinished.fetch_sub(1);
  }
}

void sild_team::meet(int members) {
  if (members == 1) return;
  uint32_t meeting = meetings.load();
  if (arrived.fetch_add(1) + 1 == members) {
    arrived = 0;
    meetings.fetch_add(1);
  } else {
    spin([&] { return meetings.load() != meeting; });
  }
}
