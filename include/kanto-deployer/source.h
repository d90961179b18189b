/* kanto-deployer: the interface of a source plugin, version 1.
 *
 * A source states which container manifests are desired. It is a shared object with one exported
 * function, kd_source_v1, and one ELF note (KD_SOURCE_NOTE). kanto-deployer loads it into a helper
 * process of its own: a plugin that crashes, hangs or prints costs its own source and nothing else.
 *
 * The life of a plugin, all on one thread:
 *
 *     kd_source_v1() → init() → reconcile() → shutdown()
 *
 * A life has one reconcile, unless both sides ask for more: a plugin that is resident
 * (KD_FLAG_RESIDENT) and a host that stays (KD_HOST_STAYS). Then there are more of them, one after
 * the other, whenever the plugin calls changed(), its next_ms is over, or the host sees fit. A
 * plugin that is not resident is asked again in another life, in another process. Each init makes
 * a source of its own, whose state is handed to its reconcile and shutdown: there may be two at a
 * time.
 *
 * Rules that hold everywhere:
 *  - Every struct begins with its size in bytes, as the one who filled it knows it. Fields are
 *    appended, never moved: look at `size` before you read a field that came after minor 0. The
 *    rows of tables, kd_setting_info and kd_setting, never grow.
 *  - Strings are UTF-8 that ends with a zero. What a pointer points to belongs to the side that
 *    filled the struct, and lives until the call returns, unless it says otherwise here.
 *  - Only bytes and descriptors cross the border. Never free what the other side allocated.
 *  - Foreign threads of the plugin may call log, changed and cancelled of kd_host, and nothing
 *    else.
 *  - Standard output and standard error are caught and shown as debug notes. Descriptors other
 *    than those that a setting of type file gave are not the plugin's.
 *
 * Until 1.0.0 is tagged this interface may still change.
 */
#ifndef KANTO_DEPLOYER_SOURCE_H
#define KANTO_DEPLOYER_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#define KD_STATIC_ASSERT(condition, text) static_assert(condition, text)
#else
#define KD_STATIC_ASSERT(condition, text) _Static_assert(condition, text)
#endif

#define KD_ABI_MAJOR 1u
#define KD_ABI_MINOR 0u

/* Limits of one reconcile. More is refused, and the whole set with it. */
#define KD_ITEMS_MAX      10000u /* items; errors as well */
#define KD_ITEM_BYTES_MAX (1024u * 1024u)
/* Of all items and errors together: bytes, keys, origins, revisions, texts, and up to 28 bytes for
 * each one of them. */
#define KD_SET_BYTES_MAX (64u * 1024u * 1024u)
#define KD_KEY_MAX        255u  /* bytes of a key */
#define KD_ORIGIN_MAX     4095u /* bytes of an origin */
#define KD_TEXT_MAX       1023u /* bytes of a log line, an error's text, a revision; then cut */
#define KD_MEMO_MAX       4096u
#define KD_SETTINGS_MAX   64u

/* ---- Settings: what the conf file may say for this source ------------------------------------ */

/* The host checks the conf against the plugin's table and hands over typed values. */
#define KD_TYPE_STRING   1u
#define KD_TYPE_INTEGER  2u /* number */
#define KD_TYPE_BOOLEAN  3u /* number: 0 or 1; written yes or no */
#define KD_TYPE_DURATION 4u /* number: milliseconds; written 500ms, 30s, 5min, 2h */
#define KD_TYPE_SIZE     5u /* number: bytes; written 64, 10K, 1M, 2G */
#define KD_TYPE_PATH     6u /* text: an absolute path; not opened by the host */
/* fd: a regular file that the host opened, with its own rights (keys, tokens). Only what the conf
 * names is opened: a row of this type has no fallback, and one that has is not loaded. The conf gives
 * an absolute path, and nobody but root (or the caller) may be able to put another file there. */
#define KD_TYPE_FILE 7u

#define KD_SETTING_REQUIRED 1u
/* It says how the source is asked (credentials, time, attempts), not what is read (a URL, a path) or
 * what is believed (signatures, certificates to trust): what was kept under another value of it is
 * still right. Without the flag another value makes `have` empty. */
#define KD_SETTING_HOW 2u

struct kd_setting_info { /* a row of the plugin's table; constant */
    uint32_t size;
    uint32_t type;  /* KD_TYPE_… */
    uint32_t flags; /* KD_SETTING_… */
    uint32_t reserved;
    const char *name;     /* a-z 0-9 _; each once */
    const char *fallback; /* as one would write it in the conf; NULL: none, then it is left out */
    const char *help;     /* one line */
};

struct kd_setting { /* a value that init gets */
    uint32_t size;
    uint32_t type;
    const char *name;
    const char *text; /* as written, of every type; at most 64 KiB */
    int64_t number;
    int32_t fd; /* KD_TYPE_FILE: the plugin's from now on, close it when you like; else -1 */
    uint32_t reserved;
};

/* ---- What the host offers -------------------------------------------------------------------- */

#define KD_LOG_ERROR   0u
#define KD_LOG_WARNING 1u
#define KD_LOG_INFO    2u /* shown with --verbose */
#define KD_LOG_DEBUG   3u

/* The plugin lives on after reconcile when it is resident, and is asked again: what watches (a
 * thread, an inotify instance, a connection) is started only then, in init, before the first
 * reconcile looks. Without it the life ends after one reconcile and nobody hears changed(). Always
 * set or never, within a life. */
#define KD_HOST_STAYS 1u

/* Lives from init until shutdown returned. */
struct kd_host {
    uint32_t size;
    uint32_t minor; /* the host's KD_ABI_MINOR */
    uint32_t flags; /* KD_HOST_… */
    uint32_t reserved;
    void *ctx; /* hand it back in every call */
    /* A line for people. Any thread. */
    void (*log)(void *ctx, uint32_t level, const char *text);
    /* A hint that another reconcile would say something else; many become one, and one that comes
     * during a reconcile leads to another after it. Never waits for the host. Any thread. */
    void (*changed)(void *ctx);
    /* Not 0: the host waits for an end; return KD_RETRY soon. It is killed some seconds later. Any
     * thread. */
    int32_t (*cancelled)(void *ctx);
    /* Extensions by name. NULL: not known here. The plugin's thread. */
    const void *(*ext)(void *ctx, const char *id);
};

/* What the host kept of the last COMPLETE set; empty strings and memo_size 0 at the first time. */
struct kd_have {
    uint32_t size;
    uint32_t memo_size;
    const char *revision;
    const void *memo; /* bytes that the plugin gave to kd_out's memo then */
};

struct kd_item {
    uint32_t size;
    uint32_t reserved;
    const char *key;      /* unique in the source; names the manifest in messages, as web.json */
    const char *origin;   /* a path or a URL, for people */
    const char *revision; /* of this item; "" or NULL: none */
    const void *bytes;    /* one manifest, or a JSON array of manifests */
    uint64_t length;
};

/* Lives during one reconcile. Every function copies what it is given before it returns. The
 * plugin's thread. */
struct kd_out {
    uint32_t size;
    uint32_t reserved;
    void *ctx;
    /* One more item of the set. Not 0: it was refused (a limit, a key that was there), and the
     * whole set will be; return KD_FATAL. */
    int32_t (*put)(void *ctx, const struct kd_item *item);
    /* Something that belongs to the set and cannot be read. The rest of the set is deployed;
     * nothing is removed on the word of a set with such an item. */
    void (*error)(void *ctx, const char *key, const char *origin, const char *text);
    /* What `have` shall say next time; both are kept only with a COMPLETE set, whose last words on
     * them count. A memo of more than KD_MEMO_MAX bytes is not kept. */
    void (*revision)(void *ctx, const char *text);
    void (*memo)(void *ctx, const void *bytes, uint32_t length);
    /* When to ask again, in milliseconds after this reconcile; more than 0. Heard with every
     * result: with KD_RETRY it is the least time to wait. Without it a resident source is asked
     * after changed() alone, and any other when the host sees fit. */
    void (*next_ms)(void *ctx, uint64_t delay);
};

/* ---- What the plugin offers ------------------------------------------------------------------ */

/* Results of init: KD_OK or one of the last two. Results of reconcile: all but KD_OK. */
#define KD_OK        0
#define KD_COMPLETE  1 /* the whole set was put, an empty one too */
#define KD_UNCHANGED 2 /* the kept set is still right; only when `have` is not empty */
#define KD_RETRY     3 /* not now: no network, a folder that is not mounted. The kept set stays */
#define KD_FATAL     4 /* never so: wrong settings. Say why with log(KD_LOG_ERROR) */

#define KD_FLAG_RESIDENT 1u /* can watch, and calls changed(): worth a process that stays */

struct kd_source {
    uint32_t size;
    uint32_t flags;          /* KD_FLAG_… */
    const char *id;          /* as the file's stem: directory */
    const char *version;     /* of the plugin */
    const char *description; /* one line */
    const struct kd_setting_info *settings;
    uint32_t settings_count;
    uint32_t reserved;
    /* Takes the settings; *state is the plugin's. A failed init is followed by nothing, not by
     * shutdown. */
    int32_t (*init)(
        const struct kd_host *host, const struct kd_setting *settings, uint32_t count, void **state);
    /* States the whole set. */
    int32_t (*reconcile)(void *state, const struct kd_have *have, struct kd_out *out);
    void (*shutdown)(void *state);
    /* Extensions by name; NULL for every name that is not known. The slot itself may be NULL. */
    const void *(*ext)(const char *id);
};

/* The one exported function. The struct is constant and lives as long as the shared object. */
#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
const struct kd_source *kd_source_v1(void);

/* ---- The note, read before the file is loaded ------------------------------------------------ */

#define KD_NOTE_MAGIC 0x6b647372u /* "kdsr" */
#define KD_NOTE_TYPE  1u
#define KD_NOTE_NAME  "kanto-deployer"

/* The plugin uses the network: Internet sockets, and the files that resolving a name needs. What its
 * note does not say it does not get; what the note says, the conf may forbid (network = no). */
#define KD_NOTE_NETWORK 1u

#define KD_NOTE_DESC 16

struct kd_note {
    uint32_t name_size; /* 15 */
    uint32_t desc_size; /* KD_NOTE_DESC */
    uint32_t type;      /* KD_NOTE_TYPE */
    char name[16];      /* KD_NOTE_NAME */
    uint32_t magic;     /* KD_NOTE_MAGIC */
    uint32_t major;
    uint32_t minor;
    uint32_t flags; /* KD_NOTE_… */
};

/* One of these, once in a plugin, at file level. */
#define KD_SOURCE_NOTE         KD_SOURCE_NOTE_FLAGS(0u)
#define KD_SOURCE_NOTE_NETWORK KD_SOURCE_NOTE_FLAGS(KD_NOTE_NETWORK)

#define KD_SOURCE_NOTE_FLAGS(flags)                                                                \
    __attribute__((section(".note.kanto-deployer"), used, aligned(4)))                             \
    static const struct kd_note kd_source_note = {                                                 \
        sizeof(KD_NOTE_NAME), KD_NOTE_DESC, KD_NOTE_TYPE, KD_NOTE_NAME, KD_NOTE_MAGIC,             \
        KD_ABI_MAJOR, KD_ABI_MINOR, (flags)}

/* Offsets are part of the interface (64-bit). */
#if UINTPTR_MAX == UINT64_MAX
KD_STATIC_ASSERT(sizeof(struct kd_setting_info) == 40, "kd_setting_info");
KD_STATIC_ASSERT(sizeof(struct kd_setting) == 40, "kd_setting");
KD_STATIC_ASSERT(offsetof(struct kd_setting, number) == 24, "kd_setting.number");
KD_STATIC_ASSERT(sizeof(struct kd_host) == 56, "kd_host");
KD_STATIC_ASSERT(offsetof(struct kd_host, log) == 24, "kd_host.log");
KD_STATIC_ASSERT(sizeof(struct kd_have) == 24, "kd_have");
KD_STATIC_ASSERT(sizeof(struct kd_item) == 48, "kd_item");
KD_STATIC_ASSERT(offsetof(struct kd_item, bytes) == 32, "kd_item.bytes");
KD_STATIC_ASSERT(sizeof(struct kd_out) == 56, "kd_out");
KD_STATIC_ASSERT(offsetof(struct kd_out, put) == 16, "kd_out.put");
KD_STATIC_ASSERT(sizeof(struct kd_source) == 80, "kd_source");
KD_STATIC_ASSERT(offsetof(struct kd_source, init) == 48, "kd_source.init");
#endif
KD_STATIC_ASSERT(sizeof(struct kd_note) == 44, "kd_note");

#ifdef __cplusplus
}
#endif

#endif
