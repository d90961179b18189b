/* The host's end of a source: its plugin runs in a helper process, and what it states comes back as
 * a set of items. Whatever the plugin does, this process goes on. */
#ifndef KD_SOURCE_SOURCE_H
#define KD_SOURCE_SOURCE_H

#include "base/error.h"
#include "base/severity.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct source_setting {
    const char *key;
    const char *value;
    const char *where; /* conf file:line, for messages */
};

#define SOURCE_DEFAULT_USER "kanto-deployer"

/* Which sockets a plugin may open. As declared: INTERNET where its note says that it uses the
 * network (KD_NOTE_NETWORK), else NONE. */
enum source_network {
    SOURCE_NETWORK_DECLARED,
    SOURCE_NETWORK_NONE,
    SOURCE_NETWORK_INTERNET, /* it connects to others by IPv4 and IPv6 */
    SOURCE_NETWORK_ALL,      /* sockets of this machine too, and it may listen */
};

struct source_options {
    const char *name;   /* [source NAME] */
    const char *plugin; /* resolved path of the .so */
    const char *where;  /* conf file:line of the section, for messages; NULL: none */
    const char *user;   /* the plugin runs as this one; NULL: as `uid`. Only root can change: a
                           caller who is not root keeps its own identity */
    uint32_t uid;       /* its own, of no system user; 0: SOURCE_DEFAULT_USER */
    /* What the plugin may read beside what a setting names (a value that begins with a slash). */
    char *const *readable;
    size_t readable_count;
    enum source_network network;
    bool no_sandbox; /* its user and the limits alone hold it */
    const struct source_setting *settings;
    size_t settings_count;
    int64_t deadline_ms; /* for one reconcile, start and end included */
    const char *loader;  /* path of kanto-deployer-loader */
    const char *probe;   /* `plugin check`: `loader` is kanto-deployer-probe, and this is what it
                            tries; else NULL */
    bool describe_only;  /* with a probe: it needs no settings */
    /* Where the last complete set of each source is kept (kept.h); NULL: nothing is. The name must
     * then be one for a file, as those of the conf are. */
    const char *kept_folder;
    /* With NULL; true: the plugin is asked for its end, and soon killed. NULL: never. */
    bool (*cancelled)(void *context);
    bool kept_write; /* a COMPLETE set replaces what is kept; false: for a look only */
};

enum source_result { SOURCE_COMPLETE, SOURCE_UNCHANGED, SOURCE_RETRY, SOURCE_FATAL };

/* Where the items of a set come from. Only the middle two are the source's word on what is desired
 * now: nothing may be removed on the word of the last. */
enum source_serves {
    SOURCE_SERVES_NOTHING,   /* not COMPLETE, and nothing is kept */
    SOURCE_SERVES_FRESH,     /* COMPLETE: as stated now */
    SOURCE_SERVES_UNCHANGED, /* UNCHANGED: the kept set, which the source says is still right */
    SOURCE_SERVES_KEPT,      /* RETRY or FATAL: the kept set, as nothing better is there */
};

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

/* How lines begin that the helper says of its sandbox, and no plugin. */
#define SOURCE_LACKS   "sandbox: this machine offers "
#define SOURCE_STOPPED "sandbox: stopped " /* and the name of a system call */

struct source_note { /* what the plugin logged; info and debug are notes */
    enum severity severity;
    char *text;
};

struct source_finding { /* what a probe found */
    int kind;           /* enum frame_finding */
    char *check;
    char *text;
};

struct source_set {
    enum source_result result;
    enum source_serves serves;
    struct source_item *items;
    size_t count, capacity;
    struct source_fault *faults;
    size_t fault_count, fault_capacity;
    size_t fault_stated; /* the first ones are the plugin's own, and are kept with a set */
    struct source_note *notes;
    size_t note_count, note_capacity;
    struct source_finding *findings;
    size_t finding_count, finding_capacity;
    char *revision; /* or NULL */
    char *memo;     /* or NULL */
    size_t memo_size;
    int64_t next_ms;    /* when it asks to be asked again; 0: it did not say */
    char *age;          /* SOURCE_SERVES_KEPT: "at least 3 h old"; else NULL */
    char *kept_problem; /* why something kept is not used, or why this set is not kept; or NULL */
    char *mistakes; /* of the configuration, one a line, or NULL: settings that the plugin does not
                           have, needs, or has of another type. `init` was not called */
    char *reason;   /* why not COMPLETE, or NULL: "crashed: signal 11 (Segmentation fault) in
                           reconcile" */
    int64_t elapsed_ms;
};

/* Runs all sources at once, each for one reconcile, and fills sets[i] for options[i]. None is
 * run before the settings of all were held against what their plugins say of themselves; a plugin
 * that takes seconds to say it is not waited for. Where one has `mistakes`, use no set. A source that
 * fails in whatever way yields SOURCE_FATAL or SOURCE_RETRY with a reason, and what is kept of it;
 * no helper is left when this returns. Only a COMPLETE set replaces the kept one. */
void source_reconcile_all(
    const struct source_options *options, size_t count, struct source_set *ret_sets);
void source_set_finish(struct source_set *set);
void source_set_drop(struct source_set *set);              /* its items only */
const char *source_serves_word(enum source_serves serves); /* nothing, fresh, unchanged, kept */
/* Whether what is missing in the set is meant to go: the source's own word, with no error in it. */
bool source_set_may_remove(const struct source_set *set);

/* What a plugin says of itself, without running it. */
struct source_setting_info {
    char *name;
    char *type;     /* "string", "duration", … */
    char *fallback; /* NULL: none */
    char *help;
    bool required;
};

struct source_info {
    char *id, *version, *description;
    bool resident;
    bool network; /* it says that it uses it */
    struct source_setting_info *settings;
    size_t count, capacity;
};

/* Of options only name, plugin, user, deadline_ms and loader matter. */
int source_describe(
    const struct source_options *options, struct source_info *ret_info, struct error *err);
void source_info_finish(struct source_info *info);

#endif
