#include "manifest/excerpt.h"

#include "base/printable.h"
#include "base/text.h"
#include "base/utf8.h"

#include <stdbool.h>
#include <string.h>

#define TAB_WIDTH 4
#define BEFORE    40  /* columns kept before the mark when a line is cut */
#define NEAR      512 /* bytes around the mark that are looked at in a very long line */

/* One character of the file as it is shown. */
struct cell {
    char text[16];
    size_t bytes;  /* of the file */
    size_t length; /* of text */
    size_t width;  /* columns */
};

static struct cell read_cell(const char *bytes, size_t length, size_t column)
{
    struct cell cell = {.bytes = 1, .width = TAB_WIDTH - column % TAB_WIDTH};
    if (*bytes == '\t') {
        cell.length = cell.width;
        memset(cell.text, ' ', cell.length);
        return cell;
    }
    struct printable shown = printable_next(bytes, length);
    memcpy(cell.text, shown.text, shown.length);
    cell.bytes = shown.bytes;
    cell.length = shown.length;
    cell.width = shown.is_spelt ? shown.length : 1;
    return cell;
}

/* Columns of the line's whole and of the parts before begin and end. */
struct columns {
    size_t begin, end, whole;
};

static struct columns measure(const char *line, size_t length, size_t begin, size_t end)
{
    struct columns columns = {0};
    for (size_t at = 0; at < length;) {
        struct cell cell = read_cell(line + at, length - at, columns.whole);
        at += cell.bytes;
        columns.whole += cell.width;
        if (at <= begin)
            columns.begin = columns.whole;
        if (at <= end)
            columns.end = columns.whole;
    }
    if (columns.end <= columns.begin)
        columns.end = columns.begin + 1;
    return columns;
}

/* Adds the cells that lie wholly between the columns from and to. */
static void add_cells(const char *line, size_t length, size_t from, size_t to, struct text *out)
{
    size_t column = 0;
    for (size_t at = 0; at < length && column < to;) {
        struct cell cell = read_cell(line + at, length - at, column);
        for (size_t blank = cell.width; column < from && column + blank > from; blank--)
            text_add(out, " "); /* a cell cut in two */
        if (column >= from && column + cell.width <= to)
            text_add_bytes(out, cell.text, cell.length);
        at += cell.bytes;
        column += cell.width;
    }
}

/* The part of a very long line near its mark: all else would be cut off anyway. */
struct neighbourhood {
    const char *line;
    size_t length, begin, end;
    bool cut_left, cut_right;
};

static struct neighbourhood look_near(const char *line, size_t length, size_t begin, size_t end)
{
    size_t from = begin > 2 * NEAR ? begin - NEAR : 0;
    while (from > 0 && ((unsigned char)line[from] & 0xc0) == 0x80)
        from--;
    size_t to = begin < length && length - begin > 2 * NEAR ? begin + NEAR : length;
    return (struct neighbourhood){
        .line = line + from,
        .length = to - from,
        .begin = begin - from,
        .end = end - from,
        .cut_left = from > 0,
        .cut_right = to < length,
    };
}

struct excerpt excerpt_make(const char *line, size_t length, size_t begin, size_t end)
{
    struct neighbourhood near = look_near(line, length, begin, end);
    struct columns columns = measure(near.line, near.length, near.begin, near.end);
    size_t from = 0, to = columns.whole;
    if (to > EXCERPT_WIDTH) {
        from = columns.begin > BEFORE ? columns.begin - BEFORE : 0;
        if (columns.whole - from < EXCERPT_WIDTH)
            from = columns.whole - EXCERPT_WIDTH;
        to = from + EXCERPT_WIDTH;
    }
    struct text text = {0};
    bool cut_left = near.cut_left || from > 0;
    text_add(&text, cut_left ? "…" : "");
    add_cells(near.line, near.length, from, to, &text);
    text_add(&text, near.cut_right || to < columns.whole ? "…" : "");
    size_t stop = columns.end < to ? columns.end : to;
    return (struct excerpt){
        .text = text_steal(&text),
        .column = columns.begin - from + cut_left + 1,
        .width = stop > columns.begin ? stop - columns.begin : 1,
    };
}

size_t excerpt_characters(const char *bytes, size_t length)
{
    size_t count = 0;
    for (size_t at = 0; at < length; count++) {
        size_t size = utf8_length(bytes + at, length - at);
        at += size ? size : 1;
    }
    return count;
}
