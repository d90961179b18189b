#include "base/memory.h"
#include "source/source.h"

#include <stdlib.h>

void source_set_finish(struct source_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        free(set->items[i].key);
        free(set->items[i].origin);
        free(set->items[i].revision);
        free(set->items[i].bytes);
    }
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
    free(set->reason);
    *set = (struct source_set){0};
}
