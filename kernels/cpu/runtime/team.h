// kernels/cpu/runtime/team.h — the threads of the CPU device.
//
// Workers spin for a while and then park: a futex wake costs 30 µs, a small product 100. A team serves one op at a time; an op
// that finds it busy runs on its caller alone. No result depends on the number of threads, so both give the same bits.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

struct sild_team {
  using Work = void (*)(void* context, int member, int members);

  explicit sild_team(int threads);
  ~sild_team();

  int members() const { return int(workers.size()) + 1; }

  /** Calls work(context, i, n) once for each member i of the n that take part; returns when all have ended. */
  void run(Work work, void* context);

  /** Inside a work: waits until all n members have come here. */
  void meet(int members);

 private:
  void serve(int member);
  void dismiss();

  std::vector<std::thread> workers;
  std::mutex busy, door;
  std::condition_variable bell;
  std::atomic<uint64_t> round{0};
  std::atomic<int> parked{0}, unfinished{0}, arrived{0};
  std::atomic<uint32_t> meetings{0};
  std::atomic<bool> closing{false};
  Work work = nullptr;
  void* context = nullptr;
};
