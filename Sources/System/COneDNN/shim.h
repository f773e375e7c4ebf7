#pragma once
#include <dnnl.h>

// libgomp, the OpenMP runtime that Debian's oneDNN is built with: its thread count is set here.
void omp_set_num_threads(int count);
int omp_get_max_threads(void);
