/* The clocks, as numbers. */
#ifndef KD_BASE_CLOCK_H
#define KD_BASE_CLOCK_H

#include <stdint.h>

int64_t clock_now_ms(void);  /* CLOCK_BOOTTIME: counts suspend, knows no wall clock */
int64_t clock_now_us(void);  /* CLOCK_MONOTONIC: for what is measured */
int64_t clock_wall_ms(void); /* CLOCK_REALTIME: since 1970, as far as the device knows */

#endif
