// Tells ThreadSanitizer about Swift's Mutex. What is inlined of it is seen; a lock that has to wait, and the end of one that others
// wait for, are in the standard library, which is not instrumented, and what the lock guards would be reported as a race. Here these
// two functions have the place of the library's and call it. Empty in a build without ThreadSanitizer.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *
// _MutexHandle._lockSlow(_: UInt32) and _MutexHandle._unlockSlow()
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

void __tsan_acquire(void *place);
void __tsan_release(void *place);

SWIFT void gl_lock(uint32_t thread, SELF handle) __asm__(LOCK);
SWIFT void gl_unlock(SELF handle) __asm__(UNLOCK);

static void *in_library(const char *name) {
  void *function = dlsym(RTLD_NEXT, name);
  if (!function) abort();
  return function;
}

SWIFT void gl_lock(uint32_t thread, SELF handle) {
  ((SWIFT void (*)(uint32_t, SELF))in_library(LOCK))(thread, handle);
  __tsan_acquire(handle);
}

SWIFT void gl_unlock(SELF handle) {
  __tsan_release(handle);
  ((SWIFT void (*)(SELF))in_library(UNLOCK))(handle);
}
#endif
#endif
