// Working memory of OpenBLAS, found to be there before it is needed.
//
// A product inside OpenBLAS works in a buffer of 128 MiB of address space, mapped at first use and kept for ever. Buffers form
// one table for the whole process: every call that runs takes a free one and gives it back, so that as many exist as calls
// have run at the same time. When the mapping of a new one fails, OpenBLAS 0.3 tries again without end
// (driver/others/memory.c, `do { ... } while (map_address == -1)`): no error, no cancellation, a busy loop.
//
// So a thread that is going to call BLAS says so first. There is then one mapped buffer for every such thread, and no call
// ever maps another; where that cannot be had, the thread is told, while it can still turn back.
#pragma once

namespace planesearch {

// Ends the `count` threads that OpenBLAS has started when it was loaded, unless lib/backends/native-module.ts told it not to; they never come to work for us. Each of them takes a buffer of its
// own at some moment after its start and keeps it: one that was meant for a thread of ours. It starts them again for somebody who
// asks it for more than one.
void end_blas_threads(int count);

// Whether the calling thread may call BLAS from now on: true when there is a buffer for it and for every other thread that has
// asked and lives. Cheap when asked again. A helper, without which the work is done all the same, has to leave room for two more.
bool reserve_blas_memory(bool helper) noexcept;

// To be held during a call of BLAS.
class BlasCall {
 public:
  // Throws std::bad_alloc when there is no buffer for this thread.
  BlasCall();
  ~BlasCall();
  BlasCall(const BlasCall&) = delete;
  BlasCall& operator=(const BlasCall&) = delete;
};

}  // namespace planesearch
