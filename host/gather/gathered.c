#include "gather/gathered.h"

#include "base/memory.h"

#include <stdlib.h>

struct rejected *gathered_reject(struct gathered *gathered, const struct rejected *rejected)
{
    memory_grow(&gathered->rejected, &gathered->rejected_capacity, gathered->rejected_count,
        sizeof(*gathered->rejected));
    struct rejected *entry = &gathered->rejected[gathered->rejected_count++];
    *entry = (struct rejected){
        .source = memory_string(rejected->source),
        .key = memory_string(rejected->key),
        .origin = memory_string(rejected->origin),
        .name = memory_string(rejected->name),
        .text = memory_string(rejected->text),
        .refused = rejected->refused,
    };
    return entry;
}

static void finish_source(struct gathered_source *source)
{
    free(source->name);
    free(source->plugin);
    free(source->result);
    free(source->reason);
    free(source->serves);
    free(source->age);
}

static void finish_rejected(struct rejected *rejected)
{
    free(rejected->source);
    free(rejected->key);
    free(rejected->origin);
    free(rejected->name);
    free(rejected->text);
}

void gathered_finish(struct gathered *gathered)
{
    for (size_t i = 0; i < gathered->source_count; i++)
        finish_source(&gathered->sources[i]);
    for (size_t i = 0; i < gathered->rejected_count; i++)
        finish_rejected(&gathered->rejected[i]);
    free(gathered->sources);
    free(gathered->rejected);
    desired_finish(&gathered->desired);
    findings_finish(&gathered->findings);
    *gathered = (struct gathered){0};
}
