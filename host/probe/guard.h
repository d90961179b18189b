/* Memory that ends at a page that nobody may touch. */
#ifndef KD_PROBE_GUARD_H
#define KD_PROBE_GUARD_H

#include <stddef.h>

/* `size` zeroed bytes, the guard page right behind them. Ends the process for want of memory. */
void *guard_take(size_t size);
/* From now on a touch of any of it is a SIGSEGV. */
void guard_seal(void *bytes, size_t size);
void guard_release(void *bytes, size_t size);

#endif
