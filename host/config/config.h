/* The configuration: /etc/kanto-deployer.conf and its drop-ins → struct config. Every key stands in
 * a table with its type, default and help line; conf/kanto-deployer.conf and docs/configuration.md
 * show them all. */
#ifndef KD_CONFIG_CONFIG_H
#define KD_CONFIG_CONFIG_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONFIG_FILE  "/etc/kanto-deployer.conf"
#define CONFIG_UNSET (-1) /* of soak_ms and replace: the wider section's value holds */

enum config_existing { EXISTING_IGNORE, EXISTING_START, EXISTING_UPDATE };
enum config_network {
    CONFIG_NETWORK_DECLARED, /* as the plugin's note says */
    CONFIG_NETWORK_NONE,
    CONFIG_NETWORK_INTERNET,
    CONFIG_NETWORK_ALL, /* sockets of this machine too, and it may listen */
};
enum config_replace { REPLACE_CREATE_FIRST, REPLACE_START_FIRST };

struct config_list {
    char **items;
    size_t count, capacity;
};

/* What a source's manifests may ask for: everything, or what is in the list (empty: nothing). */
struct config_grant {
    bool all;
    struct config_list list;
};

/* From first to last; both 0: none. */
struct config_range {
    uint32_t first, last;
};

struct config_setting {
    char *key;
    char *value;
    char *where; /* file:line */
};

struct config_source {
    char *name;
    char *where;              /* file:line of the section's first key */
    char *plugin;             /* a name (directory) or a path with a slash */
    char *user;               /* NULL: the default */
    char *renamed_from;       /* the name it had before, or NULL */
    int network;              /* enum config_network: which sockets the plugin may open */
    struct config_grant read; /* paths that it may read beside those that its settings name */
    bool sandbox;             /* false: its user and the limits alone hold it */
    int64_t timeout_ms;
    int64_t soak_ms; /* CONFIG_UNSET: [deployer]'s */
    int replace;     /* enum config_replace, or CONFIG_UNSET */
    bool prune, prune_empty;
    int64_t prune_limit;
    bool allow_privileged, allow_host_network, allow_hooks;
    struct config_grant allow_mounts;     /* folders */
    struct config_grant allow_registries; /* HOST[:PORT][/PATH] */
    struct config_grant allow_devices;    /* paths */
    struct config_grant allow_capabilities;
    struct config_grant allow_runtimes;
    struct config_grant allow_decrypt; /* files and folders */
    struct config_grant allow_logs;    /* folders */
    struct config_setting *settings;   /* the plugin's own keys, as written */
    size_t count, capacity;
};

/* What is said of one container, whichever source names it. */
struct config_container {
    char *name;
    char *where;              /* file:line of the section's first key */
    struct config_list after; /* names of containers */
    bool critical;
    char *restart_with; /* a container's name, or NULL */
    int64_t soak_ms;    /* CONFIG_UNSET: its source's */
    int replace;        /* enum config_replace, or CONFIG_UNSET */
};

struct config {
    char *socket;
    char *state_dir;
    char *plugin_dir;                 /* "" : where they were installed */
    char *trace;                      /* "" : none */
    struct config_range source_users; /* numbers of users, one a source that names none */
    char *hold; /* while this file is there nothing is replaced, stopped or removed; "" : none */
    int64_t connect_timeout_ms;
    int64_t timeout_ms;
    int64_t settle_ms;
    int64_t pull_timeout_ms; /* 0: as long as the pass has time */
    int64_t pull_limit_ms;   /* of one pull; 0: no bound */
    int64_t soak_ms;         /* 0: off */
    int64_t grace_ms;
    int existing; /* enum config_existing */
    int replace;  /* enum config_replace */
    int64_t parallel;
    struct config_source *sources; /* in the order of the files */
    size_t count, capacity;
    struct config_container *containers; /* in the order of the files */
    size_t container_count, container_capacity;
};

enum config_section { SECTION_DEPLOYER, SECTION_SOURCE, SECTION_CONTAINER };

enum config_type {
    TYPE_PATH,
    TYPE_OPTIONAL_PATH,
    TYPE_NAME,       /* any text but none */
    TYPE_SOURCE,     /* a source's name, or none */
    TYPE_CONTAINER,  /* a container's name, or none */
    TYPE_CONTAINERS, /* any number of them, blanks between them */
    TYPE_DURATION,
    TYPE_CHOICE,
    TYPE_COUNT,
    TYPE_BOOLEAN,
    TYPE_USERS, /* FIRST-LAST, or nothing */
    TYPE_PATHS, /* this and the next ones: no, yes, or a list with blanks between its items */
    TYPE_REGISTRIES,
    TYPE_CAPABILITIES,
    TYPE_RUNTIMES,
};

#define CONFIG_CHOICES_MAX 4

/* A key of a section: for help texts, for the command line, and for the reader itself. */
struct config_key {
    const char *name;
    const char *option;   /* "--socket"; NULL: none */
    const char *value;    /* the value's word in a help text: "PATH" */
    const char *fallback; /* as one would write it in the file */
    const char *help;
    enum config_type type;
    size_t offset;       /* in the section's struct */
    int64_t least, most; /* of a count */
    const char *choices[CONFIG_CHOICES_MAX];
};
const struct config_key *config_keys(enum config_section section, size_t *ret_count);

/* Defaults only: no file is read. */
void config_init(struct config *config);
void config_finish(struct config *config);
void config_drop_sources(struct config *config);

/* One more source with the defaults of its keys, and no plugin yet. Valid until the next one. */
struct config_source *config_add_source(struct config *config, const char *name, const char *where);
/* Sets one of its keys as a file does; one that is not the host's own is the plugin's. The error says
 * what was found and expected, without the place. */
int config_set_source(struct config_source *source, const char *key, const char *value,
    const char *where, struct error *err);
/* Its manifests may ask for anything. */
void config_grant_all(struct config_source *source);

/* What is said of the container, or NULL. */
const struct config_container *config_container(const struct config *config, const char *name);

/* Reads the file and the files *.conf of FILE.d in lexical order; a later file wins. ERROR_CONFIG
 * carries, one line a mistake, file:line, what was found, what was expected, the nearest key. Files
 * that others than root or the caller may write to, or in whose folders they may, are refused: this
 * program runs as root. */
int config_load(struct config *config, const char *path, struct error *err);
/* The same of one file's bytes, which nothing is said of here but their name. */
int config_read(
    struct config *config, const char *path, const char *bytes, size_t length, struct error *err);

/* Sets one key of [deployer], as the command line does. */
int config_set(struct config *config, const char *key, const char *value, struct error *err);

struct config_override { /* an option of the command line */
    const char *key;     /* of [deployer] */
    const char *value;
};

/* All of them, up to the first that is wrong: ERROR_USAGE. */
int config_override(struct config *config, const struct config_override *overrides, size_t count,
    struct error *err);

#endif
