/* The host's end of a source: its plugin runs in a helper process, and what it states comes back as
 * a set of items. Whatever the plugin does, this process goes on. */
#ifndef KD_SOURCE_SOURCE_H
#define KD_SOURCE_SOURCE_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct source_setting {
    const char *key;
    const char *value;
    const char *where; /* conf file:line, for messages */
};

struct source_options {
    const char *name;   /* [source NAME] */
    const char *plugin; /* resolved path of the .so */
    const char *user;   /* NULL: the caller's own is kept (not root), else see design */
    const struct source_setting *settings;
    size_t settings_count;
    int64_t deadline_ms; /* for one reconcile, start and end included */
    const char *loader;  /* path of kanto-deployer-loader */
};

enum source_result { SOURCE_COMPLETE, SOURCE_UNCHANGED, SOURCE_RETRY, SOURCE_FATAL };

struct source_item {
    char *key;
    char *origin;
    char *revision; /* "" where there is none */
    char *bytes;    /* a zero byte behind them */
    size_t length;
};

struct source_fault { /* an `error` item: the source could not say what is there */
    char *key;
    char *origin;
    char *text;
};

struct source_note { /* what the plugin logged */
    int level;       /* 0 error, 1 warning, 2 info, 3 debug */
    char *text;
};

struct source_set {
    enum source_result result;
    struct source_item *items;
    size_t count, capacity;
    struct source_fault *faults;
    size_t fault_count, fault_capacity;
    struct source_note *notes;
    size_t note_count, note_capacity;
    char *revision; /* or NULL */
    char *reason;   /* why not COMPLETE, or NULL: "crashed: signal 11 (Segmentation fault) in
                       reconcile" */
    int64_t elapsed_ms;
};

/* Runs all sources at once, each for one reconcile, and fills sets[i] for options[i]. A source that
 * fails in whatever way yields SOURCE_FATAL or SOURCE_RETRY with a reason; no helper is left when
 * this returns. */
void source_reconcile_all(
    const struct source_options *options, size_t count, struct source_set *ret_sets);
void source_set_finish(struct source_set *set);

#endif
