/* When to ask again: how a fleet does not do it all at once. */
#ifndef KD_HTTP_PACE_H
#define KD_HTTP_PACE_H

#include "http/settings.h"

#include <kanto-deployer/source.h>

/* The time until the next poll: `poll`, more or less half of `jitter`. A device has always the same
 * one for a URL, taken from a hash: devices that began together (a power cut, an outage) drift
 * apart, and the mean over a fleet is `poll`. */
uint64_t pace_poll_ms(const struct http_settings *settings, const char *url);

/* After a failure: what the server asked for (Retry-After, at most a day) and up to a tenth more,
 * or at least half a minute, at most the poll. The host adds its own back-off when failures go on.
 */
uint64_t pace_retry_ms(const struct http_settings *settings, int64_t retry_after_ms);

/* Before attempt number `attempt` (1 is the second): doubles from half a second to 30 s, of which
 * half is left to chance. */
int64_t pace_attempt_ms(unsigned attempt);

/* Before look number `wait` (1 is the second) for a network, or a clock, that is not there yet: up to
 * 4 s. It costs nobody anything, and a boot waits. */
#define PACE_LAST_MS 500 /* what a last look should have */
int64_t pace_patience_ms(unsigned wait);

/* Sleeps; -1 when the host wants an end meanwhile. */
int pace_wait(const struct kd_host *host, int64_t delay_ms);

#endif
