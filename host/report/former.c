#include "report/former.h"

#include "report/log.h"

#include <inttypes.h>

static void add_when(struct text *out, const struct former_failure *former)
{
    if (former->attempts > 1)
        text_add_format(out, "failed %u times, last at ", former->attempts);
    else
        text_add(out, "failed at ");
    stamp_print_time(out, former->at.wall_ms);
    if (!former->at.synchronised)
        text_add(out, " (the clock was not set)");
}

void former_add(struct text *out, const struct former_failure *former, const char *margin)
{
    if (!former)
        return;
    text_add(out, margin);
    add_when(out, former);
    text_add(out, ": ");
    text_add_printable(out, former->reason);
    if (former->message) {
        text_add(out, ": ");
        text_add_printable(out, former->message);
    }
    text_add(out, "\n");
    if (former->has_exit)
        text_add_format(out, "%sit ended with exit code %" PRId64 "\n", margin, former->exit_code);
    if (former->log)
        log_add_lines(out, former->log, margin);
}
