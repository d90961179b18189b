/* Lines for people, by way of the host. */
#ifndef KD_BUNDLE_LOG_H
#define KD_BUNDLE_LOG_H

#include <kanto-deployer/source.h>

/* Cut to KD_TEXT_MAX. */
void bundle_log(const struct kd_host *host, uint32_t level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
