// Work on several threads, on the pool that oneDNN uses too.
#include <stdatomic.h>
#include "internal.h"

// libgomp's entry for a parallel region, which compilers call for `#pragma omp parallel`.
void GOMP_parallel(void (*body)(void *), void *data, unsigned threads, unsigned flags);
int omp_get_thread_num(void);

typedef struct {
  void (*work)(void *, int, int);
  void *context;
  int units;
  atomic_int next;
} region;

static void take_units(void *data) {
  region *r = data;
  int thread = omp_get_thread_num();
  for (int unit; (unit = atomic_fetch_add_explicit(&r->next, 1, memory_order_relaxed)) < r->units;)
    r->work(r->context, unit, thread);
}

void gl_for_each(int units, int threads, void (*work)(void *, int, int), void *context) {
  region r = {.work = work, .context = context, .units = units};
  atomic_init(&r.next, 0);
  if (threads > units) threads = units;
  if (threads > 1) {
    GOMP_parallel(take_units, &r, (unsigned)threads, 0);
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
