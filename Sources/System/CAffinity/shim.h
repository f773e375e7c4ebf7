#pragma once
#include <stddef.h>

// glibc shows these two only to programs that ask for GNU extensions, which Swift's import of it does not. Under
// names of our own they cannot clash with it. Thread 0 is the calling thread; a set is an array of bits.
int genrelens_get_affinity(int thread, size_t byte_count, void *set) __asm__("sched_getaffinity");
int genrelens_set_affinity(int thread, size_t byte_count, const void *set) __asm__("sched_setaffinity");
