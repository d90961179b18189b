#include "base/memory.h"
#include "source/source.h"

#include <stdlib.h>

void source_set_drop(struct source_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        free(set->items[i].key);
        free(set->items[i].origin);
        free(set->items[i].revision);
        free(set->items[i].bytes);
    }
    set->count = 0;
}

const char *source_serves_word(enum source_serves serves)
{
    static const char *const words[] = {"nothing", "fresh", "unchanged", "kept"};
    return words[serves];
}

bool source_set_may_remove(const struct source_set *set)
{
    return (set->serves == SOURCE_SERVES_FRESH || set->serves == SOURCE_SERVES_UNCHANGED) &&
           set->fault_count == 0;
}

void source_set_finish(struct source_set *set)
{
    source_set_drop(set);
    for (size_t i = 0; i < set->fault_count; i++) {
        free(set->faults[i].key);
        free(set->faults[i].origin);
        free(set->faults[i].text);
    }
    for (size_t i = 0; i < set->note_count; i++)
        free(set->notes[i].text);
    for (size_t i = 0; i < set->finding_count; i++) {
        free(set->findings[i].check);
        free(set->findings[i].text);
    }
    free(set->findings);
    free(set->items);
    free(set->faults);
    free(set->notes);
    free(set->revision);
    free(set->memo);
    free(set->age);
    free(set->kept_problem);
    free(set->mistakes);
    free(set->reason);
    *set = (struct source_set){0};
}
