// What processors give at this moment: threads pinned one to each CPU named, all multiplying and adding at once for about
// 0.15 s; prints one JSON line with each one's GFLOP/s. Virtual processors that share a core show about half.
//   gcc -O2 calibrate.c -pthread -o calibrate && ./calibrate 0 1
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { LANES = 12, MAX_CPUS = 64 };
static pthread_barrier_t barrier;
static int cpus[MAX_CPUS];
static double gflops[MAX_CPUS];

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

// Each returns the floating-point operations of one round.
static volatile float sink;
#if defined(__x86_64__)
__attribute__((target("avx512f"))) static double rounds512(long n) {
  __m512 sum[LANES], a = _mm512_set1_ps(0.999f), b = _mm512_set1_ps(0.001f);
  for (int i = 0; i < LANES; i++) sum[i] = b;
  for (long r = 0; r < n; r++)
#pragma GCC unroll 12
    for (int i = 0; i < LANES; i++) sum[i] = _mm512_fmadd_ps(sum[i], a, b);
  for (int i = 0; i < LANES; i++) sink = _mm512_reduce_add_ps(sum[i]);
  return 2.0 * 16 * LANES;
}
__attribute__((target("avx2,fma"))) static double rounds256(long n) {
  __m256 sum[LANES], a = _mm256_set1_ps(0.999f), b = _mm256_set1_ps(0.001f);
  for (int i = 0; i < LANES; i++) sum[i] = b;
  for (long r = 0; r < n; r++)
#pragma GCC unroll 12
    for (int i = 0; i < LANES; i++) sum[i] = _mm256_fmadd_ps(sum[i], a, b);
  for (int i = 0; i < LANES; i++) sink = _mm256_cvtss_f32(sum[i]);
  return 2.0 * 8 * LANES;
}
#endif
static double rounds_plain(long n) {
  float sum[LANES];
  for (int i = 0; i < LANES; i++) sum[i] = 0.001f;
  for (long r = 0; r < n; r++)
#pragma GCC unroll 12
    for (int i = 0; i < LANES; i++) sum[i] = sum[i] * 0.999f + 0.001f;
  for (int i = 0; i < LANES; i++) sink = sum[i];
  return 2.0 * LANES;
}

static double (*pick(void))(long) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f")) return rounds512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return rounds256;
#endif
  return rounds_plain;
}

static void *work(void *argument) {
  long index = (long)argument;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpus[index], &set);
  pthread_setaffinity_np(pthread_self(), sizeof set, &set);
  double (*rounds)(long) = pick();
  rounds(1000);
  pthread_barrier_wait(&barrier);
  double start = now(), operations = 0;
  while (now() - start < 0.15) operations += 200000 * rounds(200000);
  gflops[index] = operations / (now() - start) * 1e-9;
  return NULL;
}

int main(int count, char **arguments) {
  int n = count - 1;
  if (n < 1 || n > MAX_CPUS) return 64;
  pthread_t threads[MAX_CPUS];
  pthread_barrier_init(&barrier, NULL, n);
  for (long i = 0; i < n; i++) {
    cpus[i] = atoi(arguments[i + 1]);
    pthread_create(&threads[i], NULL, work, (void *)i);
  }
  printf("{\"gflops\": [");
  for (int i = 0; i < n; i++) {
    pthread_join(threads[i], NULL);
    printf("%s%.1f", i ? ", " : "", gflops[i]);
  }
  printf("]}\n");
  return 0;
}
