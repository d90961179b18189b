/* The sources of a configuration, ready to be run: once (sources_run), or again and again
 * (source/watch.h takes the same options). */
#ifndef KD_GATHER_SOURCES_H
#define KD_GATHER_SOURCES_H

#include "config/config.h"
#include "source/source.h"

#include <stdbool.h>
#include <stddef.h>

struct sources_options {
    const char *loader; /* path of kanto-deployer-loader; NULL: the program's own */
    bool keep;          /* complete sets are kept in the state folder, to serve when their source
                           cannot; false: for a look only */
    /* With NULL; true: the plugins are asked for their end. NULL: never. */
    bool (*cancelled)(void *context);
};

struct sources {
    struct source_options *options; /* one of each source, in the order of the configuration */
    size_t count;
    struct source_setting **settings; /* these are what the options borrow */
    char **plugins;
    uint32_t *users; /* 0: the source names one itself */
    char *loader, *kept_folder;
};

/* What the section says of its plugin's settings, network, reading and sandbox. Borrows from it;
 * `settings` has room for source->count. */
void sources_borrow(const struct config_source *source, struct source_setting *settings,
    struct source_options *options);

/* Finds the plugins. Borrows from the configuration until sources_finish. ERROR_CONFIG: a plugin is
 * not there; *ret_sources needs no sources_finish then. */
int sources_prepare(const struct config *config, const struct sources_options *options,
    struct sources *ret_sources, struct error *err);

/* Runs all of them at once, each for one reconcile. ret_sets: room for `count` sets, each for
 * source_set_finish. */
void sources_run(const struct sources *sources, struct source_set *ret_sets);

/* `sets`: one of each source, from sources_run or the first ones of a watch. ERROR_CONFIG, one line
 * a mistake, when the settings of a source are not what its plugin takes:
 * then nothing may be done on the word of any of them. */
int sources_check(const struct sources *sources, const struct source_set *sets, struct error *err);

void sources_finish(struct sources *sources);

#endif
