// For prebuilds (PORTABLE in CMakeLists.txt): what is compiled for glibc runs on musl (Alpine) as well, so that one binary serves both.
//
// musl takes the names of glibc's libraries (libc.so.6, libm.so.6, libpthread.so.0) for its own, does not look at the versions of symbols, and what
// its types of threads, files and times take is no more than glibc's. What it lacks of that for which code that was compiled for glibc asks is
// here; scripts/package/musl.mjs compares the list with musl's own symbols.

#include <pthread.h>
#include <sched.h>
#include <sys/auxv.h>

#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>

// ---- Ends of threads and forks: glibc's own where they are, because they know when the addon is unloaded; musl unloads nothing.

extern "C" __attribute__((weak)) int __real___cxa_thread_atexit_impl(void (*end)(void*), void* object, void* library);
extern "C" __attribute__((weak)) int __real___register_atfork(void (*prepare)(), void (*parent)(), void (*child)(),
                                                              void* library);

namespace {

struct Ending {
  void (*end)(void*);
  void* object;
  Ending* before;
};

thread_local Ending* last = nullptr;

// The last one first, also where an end brings another one.
void run_endings(void*) {
  while (last != nullptr) {
    Ending* const ending = last;
    last = ending->before;
    ending->end(ending->object);
    delete ending;
  }
}

pthread_key_t endings;
pthread_once_t endings_made = PTHREAD_ONCE_INIT;

int end_with_thread(void (*end)(void*), void* object) {
  pthread_once(&endings_made, [] {
    if (pthread_key_create(&endings, run_endings) != 0) std::abort();
  });
  last = new Ending{end, object, last};
  return pthread_setspecific(endings, last);
}

}  // namespace

extern "C" int __wrap___cxa_thread_atexit_impl(void (*end)(void*), void* object, void* library);
extern "C" int __wrap___cxa_thread_atexit_impl(void (*end)(void*), void* object, void* library) {
  if (__real___cxa_thread_atexit_impl != nullptr) return __real___cxa_thread_atexit_impl(end, object, library);
  return end_with_thread(end, object);
}

// What OpenBLAS wants at a fork is to end threads that it does not have here.
extern "C" int __wrap___register_atfork(void (*prepare)(), void (*parent)(), void (*child)(), void* library);
extern "C" int __wrap___register_atfork(void (*prepare)(), void (*parent)(), void (*child)(), void* library) {
  if (__real___register_atfork == nullptr) return 0;
  return __real___register_atfork(prepare, parent, child, library);
}

// ---- Sets of processors of any size.

extern "C" cpu_set_t* __sched_cpualloc(std::size_t count) noexcept {
  return static_cast<cpu_set_t*>(std::malloc(CPU_ALLOC_SIZE(count)));
}
extern "C" void __sched_cpufree(cpu_set_t* set) noexcept { std::free(set); }

#ifdef __aarch64__
// Under this name libgcc asks what atomic instructions there are.
extern "C" unsigned long __getauxval(unsigned long type) { return getauxval(type); }
#endif

// ---- What _FORTIFY_SOURCE makes of printf and its kind: they end the process before anything is written beyond `room`.

namespace {

// What vsnprintf gives, which must fit.
int must_fit(int length, std::size_t room) {
  if (length >= 0 && static_cast<std::size_t>(length) >= room) std::abort();
  return length;
}

}  // namespace

#define PLANESEARCH_FORMATTED(call) \
  std::va_list arguments;           \
  va_start(arguments, format);      \
  const int length = call;          \
  va_end(arguments);                \
  return length;

extern "C" int __printf_chk(int, const char* format, ...) { PLANESEARCH_FORMATTED(std::vprintf(format, arguments)) }

extern "C" int __fprintf_chk(std::FILE* file, int, const char* format, ...) {
  PLANESEARCH_FORMATTED(std::vfprintf(file, format, arguments))
}

extern "C" int __sprintf_chk(char* to, int, std::size_t room, const char* format, ...) {
  PLANESEARCH_FORMATTED(must_fit(std::vsnprintf(to, room, format, arguments), room))
}

extern "C" int __snprintf_chk(char* to, std::size_t most, int, std::size_t room, const char* format, ...) {
  if (most > room) std::abort();
  PLANESEARCH_FORMATTED(std::vsnprintf(to, most, format, arguments))
}

extern "C" char* __strcat_chk(char* to, const char* from, std::size_t room) {
  const std::size_t before = std::strlen(to), added = std::strlen(from);
  if (before >= room || added >= room - before) std::abort();
  std::memcpy(to + before, from, added + 1);
  return to;
}
