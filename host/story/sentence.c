#include "story/sentence.h"

#include "base/cleanup.h"

#include <string.h>

static const struct row {
    enum action action;
    const char *begins, *holds, *ends;
    enum result result;
    const char *advice;
} rows[] = {
#define SENTENCE(action, begins, holds, ends, result, advice)                                      \
    {ACTION_##action, begins, holds, ends, RESULT_##result, advice},
#include "story/sentences.tbl"
#undef SENTENCE
};

static bool fits(const struct row *row, enum action action, const char *message)
{
    size_t length = strlen(message), ending = strlen(row->ends);
    bool about = row->action == action || row->action == ACTION_NONE;
    return about && strncmp(message, row->begins, strlen(row->begins)) == 0 &&
           strstr(message, row->holds) && length >= ending &&
           strcmp(message + length - ending, row->ends) == 0;
}

static const struct row *find(enum action action, const char *message)
{
    for (size_t i = 0; message && i < countof(rows); i++)
        if (fits(&rows[i], action, message))
            return &rows[i];
    return NULL;
}

enum result sentence_result(enum action action, const char *message)
{
    const struct row *row = find(action, message);
    return row ? row->result : RESULT_LATER;
}

bool sentence_is_known(enum action action, const char *message)
{
    return find(action, message) != NULL;
}

const char *sentence_advice(enum action action, const char *message)
{
    const struct row *row = find(action, message);
    return row ? row->advice : NULL;
}
