#include "base/severity.h"

static const struct {
    const char *word, *colour;
} table[] = {
    [SEVERITY_NOTE] = {"note", "\033[1;36m"},
    [SEVERITY_WARNING] = {"warning", "\033[1;35m"},
    [SEVERITY_ERROR] = {"error", "\033[1;31m"},
};

const char *severity_word(enum severity severity)
{
    return table[severity].word;
}

const char *severity_colour(enum severity severity)
{
    return table[severity].colour;
}
