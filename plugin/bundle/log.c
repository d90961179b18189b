#include "bundle/log.h"

#include <stdarg.h>
#include <stdio.h>

void bundle_log(const struct kd_host *host, uint32_t level, const char *format, ...)
{
    char text[KD_TEXT_MAX + 1];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    host->log(host->ctx, level, text);
}
