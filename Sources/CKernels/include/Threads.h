// Work on several threads.
#pragma once

/// Calls `work(context, unit, thread)` for each unit below `units`, on several threads of libgomp's pool, which oneDNN uses too.
void gl_for_each(int units, int threads, void (*work)(void *context, int unit, int thread), void *context);
