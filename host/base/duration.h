/* Durations as people write them: 500ms, 30s, 5min, 2h. */
#ifndef KD_BASE_DURATION_H
#define KD_BASE_DURATION_H

#include "base/error.h"
#include "base/text.h"

#include <stdint.h>

/* A whole number and a unit: ms, s, min, h (0 needs none). At most 365 days. */
int duration_parse(const char *text, int64_t *ret_ms, struct error *err);

/* 0.4 s, 12.3 s, 2 min 05 s: for people. */
void duration_print(struct text *out, int64_t ms);

#endif
