/* The simulated daemon's containers: what it has, and what it never forgets. */
#ifndef KD_SIM_STORE_H
#define KD_SIM_STORE_H

#include "model/container.h"

#include <stdbool.h>
#include <stddef.h>

struct store {
    Kanto__ListContainersResponse list;
    size_t capacity;
    char **burnt; /* ids that can never be started again, even after a Remove and a restart */
    size_t burnt_count, burnt_capacity;
    const char *file; /* NULL: nothing survives a restart */
};

/* Reads the file, when there is one. What runs in it runs again: processes live on. */
void store_open(struct store *store, const char *file);
void store_close(struct store *store);
void store_save(const struct store *store);

Kanto__Container *store_find(const struct store *store, const char *id);
void store_add(struct store *store, Kanto__Container *container); /* takes it over */
void store_remove(struct store *store, Kanto__Container *container);
void store_set_status(Kanto__Container *container, enum container_status status);
void store_burn(struct store *store, const char *id);
bool store_is_burnt(const struct store *store, const char *id);

#endif
