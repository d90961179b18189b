#include "plan/snapshot.h"

#include "model/container.h"

void snapshot_index(struct snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->list->n_containers; i++) {
        index_put(&snapshot->ids, container_id(snapshot->list->containers[i]), i);
        index_put(&snapshot->names, container_name(snapshot->list->containers[i]), i);
    }
}

void snapshot_finish(struct snapshot *snapshot)
{
    index_finish(&snapshot->ids);
    index_finish(&snapshot->names);
}

const Kanto__Container *snapshot_find(const struct snapshot *snapshot, const char *id)
{
    size_t place = 0;
    return index_find(&snapshot->ids, id, &place) ? snapshot->list->containers[place] : NULL;
}
