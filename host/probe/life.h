/* One life of the plugin, init to shutdown, with a host whose every struct and answer is chosen. */
#ifndef KD_PROBE_LIFE_H
#define KD_PROBE_LIFE_H

#include "loader/job.h"

#include <kanto-deployer/source.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

enum life_memory {
    LIFE_PLAIN,  /* the heap */
    LIFE_EXACT,  /* every struct and text ends at a guard page */
    LIFE_LARGER, /* the same, of a newer minor: structs have fields that this header lacks */
};

#define LIFE_KEYS_MAX 10000

/* What a reconcile stated. */
struct record {
    size_t items, errors, puts; /* puts: refused ones too */
    uint64_t digest;            /* of the items, whatever their order */
    size_t refuse_at;           /* the put that is refused, from 1; 0: none */
    size_t puts_after;          /* those after a refused one */
    bool watch_items;           /* look at every item, with the whole of its rules */
    char item_fault[512];       /* what was wrong with one; "" */
    uint64_t *keys;             /* of watch_items */
    char revision[KD_TEXT_MAX + 1];
    unsigned char memo[KD_MEMO_MAX];
    uint32_t memo_size;
};

struct life {
    const struct kd_source *source;
    enum life_memory memory;
    struct kd_setting *settings;
    uint32_t count;
    int files[KD_SETTINGS_MAX][2]; /* of type file: the job's descriptor, and the plugin's */
    unsigned file_count;
    struct kd_host *host;
    void *state;
    pid_t thread;                 /* the plugin's */
    const char *_Atomic foreign;  /* the function of `out` that another thread called, or NULL */
    const char *_Atomic too_late; /* the host's function that was called after shutdown, or NULL */
    atomic_int over;
    atomic_int cancelled;
    bool cancel_at_put;
    atomic_bool errors_said; /* a line of KD_LOG_ERROR came */
    bool quiet;              /* logs are not handed on */
    struct record record;    /* of the last reconcile */
};

/* The settings are copied (descriptors too). `state` is what init gives. */
void life_begin(struct life *life, const struct kd_source *source,
    const struct kd_setting *settings, uint32_t count, enum life_memory memory);
/* Before init: the host stays, if the plugin is resident. */
void life_stay(struct life *life);
int32_t life_init(struct life *life);
/* NULL and 0: nothing is kept. Only refuse_at and watch_items of the record are looked at. */
int32_t life_reconcile(
    struct life *life, const char *revision, const void *memo, uint32_t memo_size);
void life_shutdown(struct life *life);
/* After shutdown, or a failed init. Descriptors that the plugin did not close are closed. */
void life_end(struct life *life);

/* From now on a touch of the settings (of the host's struct) is a SIGSEGV. */
void life_seal_settings(struct life *life);
void life_seal_host(struct life *life);

/* A whole plain life: what reconcile returned, or init when it failed. */
int32_t life_once(const struct kd_source *source, const struct job *job, struct record *ret_record);

/* "COMPLETE", "17"; of a result. */
const char *life_word(int32_t result);

#endif
