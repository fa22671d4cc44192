// Failures on request, for tests: the n-th allocation of the addon, or the n-th start of a thread, fails.
//
// Only a build with -DFAULT_INJECTION=ON has them (see fault_injection.cc); in any other build these are nothing.
#pragma once

namespace planesearch {

enum class Fault { kAllocation = 0, kThread = 1 };

#ifdef PLANESEARCH_FAULT_INJECTION

inline constexpr bool kFaultInjection = true;

// From now on the `after`-th event of this kind, counted from 1, fails, and all behind it when `lasting`; 0 switches it off.
void inject_fault(Fault kind, long after, bool lasting);
// Events of this kind since the last call of inject_fault.
long fault_events(Fault kind);
// Throws std::bad_alloc or std::system_error when it is this event's turn.
void fault_point(Fault kind);

#else

inline constexpr bool kFaultInjection = false;

inline void inject_fault(Fault, long, bool) {}
inline long fault_events(Fault) { return 0; }
inline void fault_point(Fault) {}

#endif

}  // namespace planesearch
