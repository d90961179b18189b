/* A moment that can be told from later ones on a device whose clock is not set at boot: the boot's
 * id with CLOCK_BOOTTIME, and the wall clock with the kernel's word on whether it was synchronised.
 */
#ifndef KD_BASE_STAMP_H
#define KD_BASE_STAMP_H

#include <stdbool.h>
#include <stdint.h>

#define STAMP_BOOT_SIZE 37 /* a UUID in text, with its zero */

struct stamp {
    char boot[STAMP_BOOT_SIZE]; /* "" : not known */
    int64_t boottime_ms;        /* CLOCK_BOOTTIME */
    int64_t wall_ms;            /* CLOCK_REALTIME, milliseconds since 1970 */
    bool synchronised;          /* wall_ms was right (adjtimex(2)) */
};

struct stamp stamp_now(void);
bool stamp_same_boot(const struct stamp *a, const struct stamp *b);

enum stamp_certainty {
    STAMP_EXACT,    /* the same boot, or a clock that was right at both ends */
    STAMP_AT_LEAST, /* the clock was right then and may be behind now: no less than this */
    STAMP_UNKNOWN,  /* an earlier boot; *ret_ms is 0 */
};
/* How long before `now` the stamp was made. */
enum stamp_certainty stamp_age(
    const struct stamp *stamp, const struct stamp *now, int64_t *ret_age_ms);

struct text;
/* "42 s old", "at least 3 h old", "9 days old", "of an earlier boot, and the clock is not set". */
void stamp_print_age(struct text *out, const struct stamp *stamp, const struct stamp *now);
/* Milliseconds since 1970 as RFC 3339 in UTC: "2026-01-31T09:05:00Z". */
void stamp_print_time(struct text *out, int64_t wall_ms);

#endif
