// Work on several threads, on the pool that oneDNN uses too.
#include <stdatomic.h>
#include "internal.h"

// libgomp's entry for a parallel region, which compilers call for `#pragma omp parallel`.
void GOMP_parallel(void (*body)(void *), void *data, unsigned threads, unsigned flags);
int omp_get_thread_num(void);

// ThreadSanitizer does not see how the threads of libgomp wait for each other. It is told that a region begins after all that its
// caller did and ends before all that its caller does next; what its threads do to each other is looked at as everywhere else.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
void __tsan_acquire(void *place);
void __tsan_release(void *place);
#define GL_AFTER(place) __tsan_acquire(place)
#define GL_BEFORE(place) __tsan_release(place)
#endif
#endif
#ifndef GL_AFTER
#define GL_AFTER(place) (void)(place)
#define GL_BEFORE(place) (void)(place)
#endif

typedef struct {
  void (*work)(void *, int, int);
  void *context;
  int units;
  atomic_int next;
} region;

static void take_units(void *data) {
  GL_AFTER(data);
  region *r = data;
  int thread = omp_get_thread_num();
  for (int unit; (unit = atomic_fetch_add_explicit(&r->next, 1, memory_order_relaxed)) < r->units;)
    r->work(r->context, unit, thread);
  GL_BEFORE(data);
}

void gl_for_each(int units, int threads, void (*work)(void *, int, int), void *context) {
  region r = {.work = work, .context = context, .units = units};
  atomic_init(&r.next, 0);
  if (threads > units) threads = units;
  if (threads > 1) {
    GL_BEFORE(&r);
    GOMP_parallel(take_units, &r, (unsigned)threads, 0);
    GL_AFTER(&r);
  } else {
    for (int unit = 0; unit < units; unit++) work(context, unit, 0);
  }
}

gl_level gl_processor_level(void) {
  __builtin_cpu_init();
  int avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
    && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma");
  if (!avx512) return gl_none;
  return __builtin_cpu_supports("avx512bf16") ? gl_bfloat16 : gl_float;
}
