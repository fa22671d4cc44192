// In a test build every `new` of the addon passes here. The operators are local to the addon (-Bsymbolic and the version
// script), and give out memory of malloc, so that libstdc++ may free what they made.
#include "math/fault_injection.h"

#ifdef PLANESEARCH_FAULT_INJECTION

#include <atomic>
#include <cstdlib>
#include <new>
#include <system_error>

namespace planesearch {
namespace {

struct Counter {
  std::atomic<long> events{0}, turn{0};
  std::atomic<bool> lasting{false};
};

Counter counters[2];

bool due(Fault kind) {
  Counter& counter = counters[static_cast<int>(kind)];
  const long event = counter.events.fetch_add(1) + 1, turn = counter.turn.load();
  return turn > 0 && (event == turn || (counter.lasting.load() && event > turn));
}

}  // namespace

void inject_fault(Fault kind, long after, bool lasting) {
  Counter& counter = counters[static_cast<int>(kind)];
  counter.turn = 0;
  counter.events = 0;
  counter.lasting = lasting;
  counter.turn = after;
}

long fault_events(Fault kind) { return counters[static_cast<int>(kind)].events.load(); }

void fault_point(Fault kind) {
  if (!due(kind)) return;
  if (kind == Fault::kAllocation) throw std::bad_alloc();
  throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again));
}

}  // namespace planesearch

void* operator new(std::size_t bytes) {
  planesearch::fault_point(planesearch::Fault::kAllocation);
  void* memory = std::malloc(bytes == 0 ? 1 : bytes);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void* operator new[](std::size_t bytes) { return operator new(bytes); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

#endif
