// A fixed store of tiles, because a signal handler must not allocate. Thread-local storage would be the place, but a library that
// is opened late gets only some hundred bytes of the kind that a handler may touch: enough for a pointer.
#include "threads.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

namespace vamx {
namespace {

struct Place {
  std::atomic<pid_t> owner;  // a thread's number; 0: free
  Tiles tiles;
};

Place places[1024];  // threads that use tiles at the same time; pages that nobody touches cost nothing

// initial-exec: an offset that is known when the library is loaded, so that the first access in a thread allocates nothing.
[[gnu::tls_model("initial-exec")]] constinit thread_local Place* mine = nullptr;

bool take(Place& place, pid_t owner) {
  if (!place.owner.compare_exchange_strong(owner, gettid(), std::memory_order_acquire)) return false;
  mine = &place;
  return true;
}

bool is_gone(pid_t thread) { return tgkill(getpid(), thread, 0) != 0 && errno == ESRCH; }

// Those that ended without TILERELEASE leave their places behind.
bool take_from_the_dead() {
  for (Place& place : places) {
    pid_t owner = place.owner.load(std::memory_order_relaxed);
    if (owner != 0 && is_gone(owner) && take(place, owner)) return true;
  }
  return false;
}

bool take_free() {
  for (Place& place : places) {
    if (place.owner.load(std::memory_order_relaxed) == 0 && take(place, 0)) return true;
  }
  return false;
}

}  // namespace

Tiles* tiles() { return mine ? &mine->tiles : nullptr; }

Tiles& claim_tiles() {
  if (!mine && !take_free() && !take_from_the_dead()) {
    constexpr char why[] = "virtual AMX: too many threads use tiles\n";
    [[maybe_unused]] auto written = write(STDERR_FILENO, why, sizeof why - 1);
    abort();
  }
  return mine->tiles;
}

void give_back_tiles() {
  if (!mine) return;
  mine->owner.store(0, std::memory_order_release);
  mine = nullptr;
}

}  // namespace vamx
