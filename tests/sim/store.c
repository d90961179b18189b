#include "store.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FILE_MAX_BYTES ((size_t)64 << 20)

void store_open(struct store *store, const char *file)
{
    scoped_free char *bytes = NULL;
    size_t length = 0;
    *store = (struct store){.file = file};
    kanto__list_containers_response__init(&store->list);
    if (!file || access(file, F_OK) < 0 ||
        file_read(file, FILE_MAX_BYTES, &bytes, &length, NULL) < 0)
        return;
    Kanto__ListContainersResponse *kept =
        kanto__list_containers_response__unpack(NULL, length, (const uint8_t *)bytes);
    for (size_t i = 0; kept && i < kept->n_containers; i++)
        store_add(store, container_clone(kept->containers[i]));
    if (kept)
        kanto__list_containers_response__free_unpacked(kept, NULL);
}

void store_close(struct store *store)
{
    for (size_t i = 0; i < store->list.n_containers; i++)
        container_free(store->list.containers[i]);
    for (size_t i = 0; i < store->burnt_count; i++)
        free(store->burnt[i]);
    free(store->list.containers);
    free(store->burnt);
}

void store_save(const struct store *store)
{
    struct error err = {0};
    if (!store->file)
        return;
    size_t size = kanto__list_containers_response__get_packed_size(&store->list);
    scoped_free uint8_t *bytes = memory_zeroed(size, 1);
    kanto__list_containers_response__pack(&store->list, bytes);
    if (file_write_atomic(store->file, bytes, size, 0600, &err) < 0)
        fprintf(stderr, "kanto-sim: %s\n", err.text);
}

Kanto__Container *store_find(const struct store *store, const char *id)
{
    for (size_t i = 0; i < store->list.n_containers; i++)
        if (strcmp(store->list.containers[i]->id, id) == 0)
            return store->list.containers[i];
    return NULL;
}

void store_add(struct store *store, Kanto__Container *container)
{
    memory_grow(&store->list.containers, &store->capacity, store->list.n_containers,
        sizeof(*store->list.containers));
    store->list.containers[store->list.n_containers++] = container;
}

void store_remove(struct store *store, Kanto__Container *container)
{
    size_t at = 0;
    while (store->list.containers[at] != container)
        at++;
    container_free(container);
    store->list.containers[at] = store->list.containers[--store->list.n_containers];
}

static void set_text(char **text, char *value)
{
    free(*text);
    *text = value;
}

static char *now(void)
{
    char text[40];
    time_t seconds = time(NULL);
    struct tm parts;
    gmtime_r(&seconds, &parts);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return memory_string(text);
}

void store_set_status(Kanto__Container *container, enum container_status status)
{
    if (!container->state) {
        container->state = memory_zeroed(1, sizeof(*container->state));
        kanto__state__init(container->state);
    }
    Kanto__State *state = container->state;
    bool running = status == STATUS_RUNNING;
    set_text(&state->status, memory_string(container_status_word(status)));
    state->has_running = state->running = running;
    state->has_pid = true;
    state->pid = running ? 4242 : -1;
    if (running)
        set_text(&state->started_at, now());
    else if (status != STATUS_CREATED)
        set_text(&state->finished_at, now());
}

void store_burn(struct store *store, const char *id)
{
    if (store_is_burnt(store, id))
        return;
    memory_grow(&store->burnt, &store->burnt_capacity, store->burnt_count, sizeof(*store->burnt));
    store->burnt[store->burnt_count++] = memory_string(id);
}

bool store_is_burnt(const struct store *store, const char *id)
{
    for (size_t i = 0; i < store->burnt_count; i++)
        if (strcmp(store->burnt[i], id) == 0)
            return true;
    return false;
}
