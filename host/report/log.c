#include "report/log.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <cjson/cJSON.h>
#include <string.h>

#define LINES_MAX   20
#define COLUMNS_MAX 400

static void add_line(struct text *out, const char *line, size_t length, const char *margin)
{
    scoped_free char *copy = memory_bytes(line, length);
    cJSON *object = cJSON_Parse(copy);
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "log"));
    scoped_free char *cut = memory_string(text ? text : copy);
    cut[strcspn(cut, "\n")] = '\0';
    if (strlen(cut) > COLUMNS_MAX)
        cut[COLUMNS_MAX] = '\0';
    text_add(out, margin);
    text_add_printable(out, cut);
    text_add(out, "\n");
    cJSON_Delete(object);
}

void log_add_lines(struct text *out, const char *log, const char *margin)
{
    for (size_t lines = 0; *log && lines < LINES_MAX; lines++) {
        size_t length = strcspn(log, "\n");
        if (length > 0)
            add_line(out, log, length, margin);
        log += length + (log[length] == '\n');
    }
}
