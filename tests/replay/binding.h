/* The placeholders of a recording: what each stands for in this run. */
#ifndef KD_REPLAY_BINDING_H
#define KD_REPLAY_BINDING_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

struct bindings {
    char **names, **values; /* "<id:1>", "6f1e…" */
    size_t count, capacity;
};

void bindings_finish(struct bindings *bindings);
void bindings_set(struct bindings *bindings, const char *name, const char *value);

/* All strings of a copy, with the bound placeholders and <x*N> written out; cJSON_Delete it. */
cJSON *bindings_fill(const struct bindings *bindings, const cJSON *item);

/* Does the text fit the pattern? Ids that are not bound yet are bound by it; <time>, <pid> and the
 * like fit what has their form. */
bool bindings_match(struct bindings *bindings, const char *pattern, const char *text);

#endif
