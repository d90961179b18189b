#include "base/duration.h"

#include "base/cleanup.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#define DURATION_MAX_MS (INT64_C(365) * 24 * 3600 * 1000)

static const struct unit {
    const char *name;
    int64_t ms;
} units[] = {{"ms", 1}, {"s", 1000}, {"min", 60000}, {"h", 3600000}};

int duration_parse(const char *text, int64_t *ret_ms, struct error *err)
{
    int64_t number = 0;
    const char *at = text;
    for (; isdigit((unsigned char)*at); at++) {
        number = number * 10 + (*at - '0');
        if (number > DURATION_MAX_MS)
            return error_set(err, ERROR_INVALID, "found \"%s\", expected at most 365 days", text);
    }
    if (at == text)
        goto wrong;
    if (*at == '\0' && number == 0) {
        *ret_ms = 0;
        return 0;
    }
    for (size_t i = 0; i < countof(units); i++) {
        if (strcmp(at, units[i].name) != 0)
            continue;
        if (number > DURATION_MAX_MS / units[i].ms)
            return error_set(err, ERROR_INVALID, "found \"%s\", expected at most 365 days", text);
        *ret_ms = number * units[i].ms;
        return 0;
    }
wrong:
    return error_set(err, ERROR_INVALID,
        "found \"%s\", expected a duration: a whole number with ms, s, min or h, as 500ms, 30s, "
        "5min",
        text);
}

void duration_print(struct text *out, int64_t ms)
{
    if (ms < 60000)
        text_add_format(out, "%" PRId64 ".%" PRId64 " s", ms / 1000, ms % 1000 / 100);
    else
        text_add_format(out, "%" PRId64 " min %02" PRId64 " s", ms / 60000, ms / 1000 % 60);
}
