/* A bundle: manifests in one file. It is a tar archive, bare or packed with gzip, xz or zstd, and
 * may be signed (CMS), with the signature beside it or around it. Sources that get bundles from
 * somewhere share this; whatever a bundle holds comes from outside.
 *
 * What a bundle must be is docs/bundle.md's matter. In short: regular files and folders with plain
 * relative names, each once; *.json are manifests; VERSION, at the top (or in the only folder there),
 * holds the version. A verified one has a version, and never a lower one than the last.
 *
 * The use, all on the plugin's thread:
 *
 *     settings table:  BUNDLE_SETTINGS among its rows
 *     init:            bundle_policy_init, bundle_policy_take for each setting, bundle_policy_check
 *     reconcile:       bundle_state_read (of have's memo), bundle_digest and bundle_unchanged,
 *                      bundle_read, bundle_state_write (into the memo)
 *     shutdown:        bundle_policy_finish
 *
 * Functions return 0, or -1 with `err` filled. Nothing is kept between calls. */
#ifndef KD_BUNDLE_BUNDLE_H
#define KD_BUNDLE_BUNDLE_H

#include "base/error.h"
#include "bundle/sha256.h"

#include <kanto-deployer/source.h>

#include <stdbool.h>

/* ---- Errors: member, what was found, what was expected (the setting's key). ERROR_INVALID: it will
 * not be taken while it stays as it is; ERROR_SHORT; ERROR_LATER: it changed while it was read, no
 * memory, cancelled, a clock that is wrong. */

/* What reconcile returns for it: KD_FATAL or KD_RETRY. */
int32_t bundle_result(const struct error *err);

/* ---- What is asked of a bundle: settings */

enum bundle_purpose { BUNDLE_CODESIGN, BUNDLE_SMIME, BUNDLE_ANY_PURPOSE };
enum bundle_time { BUNDLE_CLOCK, BUNDLE_STRICT_CLOCK, BUNDLE_SIGNING_TIME };

struct bundle_policy {
    uint64_t max_file;    /* bytes of the bundle as it comes: the bound of a download, too */
    uint64_t max_total;   /* bytes of all that is unpacked */
    uint64_t max_bytes;   /* bytes of one member */
    uint32_t max_members; /* folders count */
    uint32_t max_ratio;   /* unpacked to packed, looked at beyond 1 MiB */
    bool verify;          /* the signature is required */
    bool verify_said;     /* the conf said whether */
    enum bundle_purpose purpose;
    enum bundle_time time;
    bool accept_older;
    void *ca; /* STACK_OF(X509) of verify_ca; NULL: not given */
    /* Of all of the above; tells whether what was accepted once was accepted by the same policy. */
    char digest[SHA256_TEXT];
};

#define BUNDLE_ROW(kind, flag, key, otherwise, words)                                              \
    {                                                                                              \
        .size = sizeof(struct kd_setting_info), .type = (kind), .flags = (flag), .name = (key),    \
        .fallback = (otherwise), .help = (words)                                                   \
    }

/* Rows for the plugin's table. */
#define BUNDLE_SETTINGS                                                                            \
    BUNDLE_ROW(KD_TYPE_STRING, 0, "verify", NULL,                                                  \
        "required, no: the signature of the bundle (required, where verify_ca is given)"),         \
        BUNDLE_ROW(KD_TYPE_FILE, 0, "verify_ca", NULL,                                             \
            "certificates (PEM) that a signer's must descend from"),                               \
        BUNDLE_ROW(KD_TYPE_STRING, 0, "verify_purpose", "codesign",                                \
            "codesign, smime, any: what the signer's certificate must be made for"),               \
        BUNDLE_ROW(KD_TYPE_STRING, 0, "verify_time", "clock",                                      \
            "clock, strict, signing: the time by which certificates are checked"),                 \
        BUNDLE_ROW(KD_TYPE_BOOLEAN, KD_SETTING_HOW, "accept_older", "no",                          \
            "take a bundle of an older version than the last one, or of none"),                    \
        BUNDLE_ROW(                                                                                \
            KD_TYPE_SIZE, 0, "max_file", "64M", "largest bundle, as it comes, at most 256M"),      \
        BUNDLE_ROW(KD_TYPE_SIZE, 0, "max_total", "64M", "most that is unpacked, at most 256M"),    \
        BUNDLE_ROW(KD_TYPE_SIZE, 0, "max_bytes", "1M", "largest member, at most 1M"),              \
        BUNDLE_ROW(KD_TYPE_INTEGER, 0, "max_members", "10000", "most members, at most 10000"),     \
        BUNDLE_ROW(KD_TYPE_INTEGER, 0, "max_ratio", "250", "most bytes unpacked from one byte")

void bundle_policy_init(struct bundle_policy *policy);
/* 1: it was one of BUNDLE_SETTINGS, and its descriptor is closed. 0: it is not. -1: refused. */
int bundle_policy_take(
    struct bundle_policy *policy, const struct kd_setting *setting, struct error *err);
/* After the last setting: do they fit together? */
int bundle_policy_check(struct bundle_policy *policy, struct error *err);
void bundle_policy_finish(struct bundle_policy *policy);

/* ---- What is remembered of the last accepted bundle, in the memo of the kept set */

#define BUNDLE_VERSION_MAX 64u
#define BUNDLE_STATE_MAX   256u /* bytes of its text */

struct bundle_state {
    char version[BUNDLE_VERSION_MAX + 1]; /* "": it had none */
    int64_t signed_at;                    /* latest signing time that was verified; 0: none */
    char policy[SHA256_TEXT];             /* bundle_policy's digest; "": nothing is remembered */
};

/* Lines `bundle-KEY=VALUE`. A memo may have further lines: they are passed over. What makes no
 * sense is not remembered. */
void bundle_state_read(struct bundle_state *ret_state, const void *memo, size_t size);
/* Returns the bytes written, without the zero behind them. */
size_t bundle_state_write(const struct bundle_state *state, char text[BUNDLE_STATE_MAX]);

/* ---- Reading */

struct bundle_input {
    const void *bytes; /* the bundle, or the CMS around it. They must not change meanwhile: a
                          private copy, or a sealed memfd */
    size_t length;
    const void *signature; /* detached, DER or PEM; NULL: none */
    size_t signature_length;
    const char *origin;   /* path or URL, for people */
    const char *prefix;   /* before every item's key; NULL: none */
    const char *json_key; /* not NULL: a JSON text is taken too, as one item of that key. It has no
                             version: a verified one is refused (accept_older) */
};

/* "sha256:HEX" of the bytes and of the signature (if there is one): a bundle's revision. */
int bundle_digest(
    const struct bundle_input *input, char ret_digest[SHA256_TEXT], struct error *err);

/* The kept set is of this very bundle, and was accepted under the policy of today: KD_UNCHANGED.
 * Certificates that ended since do not matter, it stays accepted. */
bool bundle_unchanged(const struct bundle_policy *policy, const struct bundle_state *kept,
    const struct kd_have *have, const char *digest);

/* Verifies (before anything is unpacked), unpacks, and puts every manifest. `state` is what was
 * remembered, and what is to be remembered afterwards; untouched on failure. On failure some may
 * have been put already: return bundle_result(err), and the host drops them. Calls host's log and
 * cancelled, out's put. */
int bundle_read(const struct bundle_policy *policy, const struct bundle_input *input,
    struct bundle_state *state, const struct kd_host *host, struct kd_out *out, struct error *err);

/* For a set of manifests without a bundle around them, which has no version: may it follow what is
 * remembered? Else -1. The version is forgotten then. */
int bundle_check_bare(const struct bundle_policy *policy, struct bundle_state *state,
    const char *origin, const struct kd_host *host, struct error *err);

/* Reads a file to its end: at most `max` bytes (`key` names that limit), ERROR_LATER when it
 * changed meanwhile. free() *ret_bytes. */
int bundle_file_read(
    int fd, uint64_t max, const char *key, void **ret_bytes, size_t *ret_length, struct error *err);

#endif
