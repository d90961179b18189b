#include "output.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPEAT_MAX (1 << 20)

/* <x*N> stands for N times x, <ff> for a byte that is no UTF-8. */
static char *write_out(const char *line)
{
    struct text out = {0};
    while (*line) {
        int times = 0, length = 0;
        unsigned byte = 0;
        char letter = 0;
        if (sscanf(line, "<%c*%d>%n", &letter, &times, &length) == 2 && length > 0 &&
            times < REPEAT_MAX) {
            for (int i = 0; i < times; i++)
                text_add_bytes(&out, &letter, 1);
        } else if (sscanf(line, "<%2x>%n", &byte, &length) == 1 && length == 4) {
            text_add(&out, BOX_NO_CHARACTER);
        } else {
            length = 1;
            text_add_bytes(&out, line, 1);
        }
        line += length;
    }
    char *written = text_steal(&out);
    return written ? written : memory_string("");
}

/* On a terminal there is one stream. */
static void add_line(struct box *box, const char *stream, const char *line)
{
    const Kanto__IOConfig *io = box->container->io_config;
    scoped_free char *written = line ? write_out(line) : NULL;
    if (written)
        box_add_log(box, io && io->tty ? "stdout" : stream, written);
}

static void add_lines(struct box *box, const char *stream, const cJSON *lines)
{
    const cJSON *line;
    if (!cJSON_IsArray(lines))
        return;
    cJSON_ArrayForEach(line, lines)
    {
        add_line(box, stream, cJSON_GetStringValue(line));
    }
}

void output_log(struct box *box)
{
    const struct behaviour *behaviour = &box->process.behaviour;
    const cJSON *pair;
    if (!behaviour->output) {
        add_lines(box, "stdout", behaviour->out);
        add_lines(box, "stderr", behaviour->err);
        return;
    }
    cJSON_ArrayForEach(pair, behaviour->output)
    {
        const char *stream = cJSON_GetStringValue(cJSON_GetArrayItem(pair, 0));
        if (stream)
            add_line(box, stream, cJSON_GetStringValue(cJSON_GetArrayItem(pair, 1)));
    }
}
