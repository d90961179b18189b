#include "report/log.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <cjson/cJSON.h>
#include <string.h>

#define COLUMNS_MAX 400

static void add_line(struct text *out, const char *line, size_t length)
{
    scoped_free char *copy = memory_bytes(line, length);
    cJSON *object = cJSON_Parse(copy);
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "log"));
    scoped_free char *cut = memory_string(text ? text : copy);
    cut[strcspn(cut, "\n")] = '\0';
    if (strlen(cut) > COLUMNS_MAX)
        cut[COLUMNS_MAX] = '\0';
    text_add_printable(out, cut);
    cJSON_Delete(object);
}

size_t log_next_line(const char *log, struct text *out)
{
    size_t length = strcspn(log, "\n");
    if (length > 0)
        add_line(out, log, length);
    return length + (log[length] == '\n');
}

void log_add_lines(struct text *out, const char *log, const char *margin)
{
    while (*log) {
        scoped(text_finish) struct text line = {0};
        log += log_next_line(log, &line);
        if (line.length > 0)
            text_add_format(out, "%s| %s\n", margin, text_get(&line));
    }
}
