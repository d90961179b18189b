#include "manifest_cases.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static void add_line(char **section, const char *line, size_t length)
{
    char *longer = memory_format("%s%.*s", *section ? *section : "", (int)length, line);
    free(*section);
    *section = longer;
}

void manifest_cases_load(const char *path, struct manifest_cases *ret_cases)
{
    struct error err = {0};
    scoped_free char *bytes = NULL;
    size_t length = 0;
    *ret_cases = (struct manifest_cases){0};
    ck_assert_msg(file_read(path, 1 << 20, &bytes, &length, &err) == 0, "%s", err.text);
    struct manifest_case *item = NULL;
    char **section = NULL;
    for (const char *line = bytes; *line;) {
        size_t size = strcspn(line, "\n") + 1;
        if (strncmp(line, "=== ", 4) == 0) {
            ck_assert_uint_lt(ret_cases->count, countof(ret_cases->items));
            item = &ret_cases->items[ret_cases->count++];
            item->name = memory_bytes(line + 4, size - 5);
            item->diagnostics = memory_string("");
            section = &item->manifest;
        } else if (item && strncmp(line, "---\n", 4) == 0) {
            section = &item->diagnostics;
        } else if (item && strncmp(line, "+++\n", 4) == 0) {
            section = &item->printed;
        } else if (section) {
            add_line(section, line, size);
        }
        line += size;
    }
    ck_assert_uint_gt(ret_cases->count, 0);
}

void manifest_cases_finish(struct manifest_cases *cases)
{
    for (size_t i = 0; i < cases->count; i++) {
        free(cases->items[i].name);
        free(cases->items[i].manifest);
        free(cases->items[i].diagnostics);
        free(cases->items[i].printed);
    }
}

/* Whether the line (of `length`) is what is expected, a "*" at whose end stands for any text. */
static bool match_line(const char *expected, size_t wanted, const char *line, size_t length)
{
    bool open = wanted > 0 && expected[wanted - 1] == '*';
    size_t compared = open ? wanted - 1 : wanted;
    return length >= compared && (open || length == wanted) &&
           memcmp(expected, line, compared) == 0;
}

bool manifest_cases_match(const char *expected, const char *found)
{
    while (*expected) {
        size_t wanted = strcspn(expected, "\n"), matched = 0;
        bool open = wanted > 0 && expected[wanted - 1] == '*';
        while (*found && (matched == 0 || open)) {
            size_t length = strcspn(found, "\n");
            if (!match_line(expected, wanted, found, length))
                break;
            matched++;
            found += length + (found[length] == '\n');
        }
        if (matched == 0)
            return false;
        expected += wanted + (expected[wanted] == '\n');
    }
    return *found == '\0';
}
