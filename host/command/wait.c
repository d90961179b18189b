#include "command/wait.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/memory.h"
#include "command/diagnose.h"
#include "command/stop.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define WORTH_TELLING_MS 1000

static struct {
    char what[512];
    int64_t began_ms;
    bool told;
} current;

void wait_begin(const char *format, ...)
{
    char what[sizeof(current.what)];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    if (strcmp(what, current.what) == 0)
        return;
    memcpy(current.what, what, sizeof(what));
    current.began_ms = clock_now_ms();
    current.told = false;
}

bool wait_is_over(void *unused)
{
    if (stop_asked(unused))
        return true;
    if (!current.told && clock_now_ms() - current.began_ms >= WORTH_TELLING_MS) {
        scoped_free char *text = memory_format("waiting for %s", current.what);
        diagnose_problem(SEVERITY_NOTE, "", text);
        current.told = true;
    }
    return false;
}
