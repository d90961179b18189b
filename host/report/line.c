#include "report/line.h"

#include "base/cleanup.h"
#include "base/printable.h"

#include <string.h>

#define NAME_WIDTH_MAX 40

void line_add(struct text *out, bool colour, enum line_colour which, const char *text)
{
    static const char *const codes[] = {"", "\033[31m", "\033[32m", "\033[33m", "\033[2m"};
    bool coloured = colour && which != LINE_PLAIN;
    text_add(out, coloured ? codes[which] : "");
    text_add_printable(out, text);
    text_add(out, coloured ? "\033[0m" : "");
}

size_t line_columns(const char *text)
{
    size_t columns = 0;
    for (size_t left = strlen(text); left;) {
        struct printable shown = printable_next(text, left);
        columns += shown.is_spelt ? shown.length : 1;
        text += shown.bytes;
        left -= shown.bytes;
    }
    return columns;
}

/* The byte at which the n-th code point begins. */
static const char *after(const char *text, size_t count)
{
    for (; *text && count; count--)
        do
            text++;
        while (((unsigned char)*text & 0xc0) == 0x80);
    return text;
}

void line_add_cut(struct text *out, const char *text, size_t most)
{
    scoped(text_finish) struct text safe = {0};
    text_add_printable(&safe, text);
    size_t columns = line_columns(text_get(&safe));
    if (columns <= most) {
        text_add(out, text_get(&safe));
        return;
    }
    size_t tail = most / 3, head = most > tail ? most - tail - 1 : 0;
    const char *start = text_get(&safe);
    text_add_bytes(out, start, (size_t)(after(start, head) - start));
    text_add(out, "…");
    text_add(out, after(start, columns - tail));
}

size_t line_name_width(const struct stories *stories)
{
    size_t width = 0;
    for (size_t i = 0; i < stories->count; i++) {
        size_t columns = line_columns(stories->items[i]->name);
        width = columns > width ? columns : width;
    }
    return width < NAME_WIDTH_MAX ? width : NAME_WIDTH_MAX;
}

const char *line_plural(size_t count)
{
    return count == 1 ? "" : "s";
}

void line_add_rejected(struct text *out, const struct report *report)
{
    size_t refused = 0;
    for (size_t i = 0; i < report->rejected_count; i++)
        refused += report->rejected[i].refused;
    size_t invalid = report->rejected_count - refused;
    if (invalid)
        text_add_format(out, "; manifests: %zu invalid", invalid);
    if (refused)
        text_add_format(out, "%s%zu refused", invalid ? ", " : "; manifests: ", refused);
}
