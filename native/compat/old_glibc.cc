// For prebuilds (PORTABLE in CMakeLists.txt): what is linked against a new glibc runs on an old one.
//
// Between 2.32 and 2.34 glibc moved the functions of libpthread into libc, under new versions, and gave `fstat` a symbol of its own; code that
// is linked there asks for the new versions, of functions that are as they were. Here every such call is turned to the version that
// the architecture has had from its beginning, which new systems have too; `--wrap` (CMakeLists.txt has the list) does it for what comes in
// archives, OpenBLAS and libstdc++. The old versions lie in libpthread.so.0, an empty library on new systems, which the addon therefore names.

#include <pthread.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>

#if defined(__x86_64__)
#define PLANESEARCH_FIRST_GLIBC "GLIBC_2.2.5"
#define PLANESEARCH_AFFINITY_GLIBC "GLIBC_2.3.4"
#elif defined(__aarch64__)
#define PLANESEARCH_FIRST_GLIBC "GLIBC_2.17"
#define PLANESEARCH_AFFINITY_GLIBC "GLIBC_2.17"
#else
#error "The versions of this architecture are not known here."
#endif

#define PLANESEARCH_OLD(name, version, parameters, arguments)      \
  extern "C" int planesearch_old_##name parameters;                \
  __asm__(".symver planesearch_old_" #name "," #name "@" version); \
  extern "C" int __wrap_##name parameters;                         \
  extern "C" int __wrap_##name parameters { return planesearch_old_##name arguments; }

PLANESEARCH_OLD(pthread_attr_setstacksize, PLANESEARCH_FIRST_GLIBC, (pthread_attr_t * attributes, std::size_t bytes),
                (attributes, bytes))
PLANESEARCH_OLD(pthread_key_create, PLANESEARCH_FIRST_GLIBC, (pthread_key_t * key, void (*end)(void*)), (key, end))
PLANESEARCH_OLD(pthread_setspecific, PLANESEARCH_FIRST_GLIBC, (pthread_key_t key, const void* value), (key, value))
PLANESEARCH_OLD(pthread_join, PLANESEARCH_FIRST_GLIBC, (pthread_t thread, void** result), (thread, result))
PLANESEARCH_OLD(pthread_detach, PLANESEARCH_FIRST_GLIBC, (pthread_t thread), (thread))
PLANESEARCH_OLD(pthread_once, PLANESEARCH_FIRST_GLIBC, (pthread_once_t * once, void (*run)()), (once, run))
PLANESEARCH_OLD(pthread_mutex_trylock, PLANESEARCH_FIRST_GLIBC, (pthread_mutex_t * mutex), (mutex))
PLANESEARCH_OLD(pthread_rwlock_rdlock, PLANESEARCH_FIRST_GLIBC, (pthread_rwlock_t * lock), (lock))
PLANESEARCH_OLD(pthread_rwlock_wrlock, PLANESEARCH_FIRST_GLIBC, (pthread_rwlock_t * lock), (lock))
PLANESEARCH_OLD(pthread_rwlock_unlock, PLANESEARCH_FIRST_GLIBC, (pthread_rwlock_t * lock), (lock))
PLANESEARCH_OLD(pthread_setaffinity_np, PLANESEARCH_AFFINITY_GLIBC, (pthread_t thread, size_t size, const cpu_set_t* set),
                (thread, size, set))
PLANESEARCH_OLD(pthread_getaffinity_np, PLANESEARCH_AFFINITY_GLIBC, (pthread_t thread, size_t size, cpu_set_t* set),
                (thread, size, set))

// 8 MiB of address space for a stack, as glibc gives where nobody has asked for another size; musl gives 128 KiB.
extern "C" int planesearch_old_pthread_create(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
__asm__(".symver planesearch_old_pthread_create,pthread_create@" PLANESEARCH_FIRST_GLIBC);
extern "C" int __wrap_pthread_create(pthread_t* thread, const pthread_attr_t* given, void* (*run)(void*), void* argument);
extern "C" int __wrap_pthread_create(pthread_t* thread, const pthread_attr_t* given, void* (*run)(void*), void* argument) {
  constexpr std::size_t kStack = std::size_t{8} << 20;
  pthread_attr_t own;
  if (given != nullptr || pthread_attr_init(&own) != 0) return planesearch_old_pthread_create(thread, given, run, argument);
  pthread_attr_setstacksize(&own, kStack);
  const int failure = planesearch_old_pthread_create(thread, &own, run, argument);
  pthread_attr_destroy(&own);
  return failure;
}

extern "C" int __wrap_fstat(int file, struct stat* status);
extern "C" int __wrap_fstat(int file, struct stat* status) { return static_cast<int>(syscall(SYS_fstat, file, status)); }

// libstdc++ asks it whether counting without atomic operations will do: never, where threads are.
extern "C" char __libc_single_threaded;
char __libc_single_threaded = 0;
