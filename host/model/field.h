/* The one table of a container's fields: what protobuf-c's descriptors do not say. A field that
 * needs no row (its name is the same in both dialects, absent means absent, a change needs a new
 * container) has none. */
#ifndef KD_MODEL_FIELD_H
#define KD_MODEL_FIELD_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

enum dialect {
    DIALECT_INTERNAL, /* kanto-cm's internal state: id, name, mounts */
    DIALECT_CM,       /* kanto-cm's container files: container_id, container_name, mount_points */
};

/* A string field whose values some dialect writes as integers (hook types, State.status). */
struct field_words {
    const char *const *words; /* index = the integer */
    size_t count;
    bool any_case; /* letter case does not matter on reading */
    bool closed;   /* a word outside the list is an error */
};

struct field_rule {
    const ProtobufCMessageDescriptor *message;
    const char *name;     /* the field's name in the proto, and in the internal dialect */
    const char *cm_name;  /* in the CM dialect; NULL: the same */
    const char *also;     /* one more spelling, read in both dialects, never written; NULL: none */
    const char *fallback; /* what Create fills in (scalars as text); NULL: nothing */
    const struct field_words *words;
    bool result;   /* the daemon's own (state, created, …): read, and not desired */
    bool set;      /* repeated, and order has no meaning */
    bool in_place; /* Update can change it (with all that is below) */
    /* The key of the configuration that lets a manifest ask for it (with all that is below); NULL:
     * it needs none. The reasons are in docs/configuration.md, the checks in permit.h. */
    const char *grant;
};

/* The row of a field; for a field without one a row of nothing but its names. Never NULL. */
const struct field_rule *field_rule(
    const ProtobufCMessageDescriptor *message, const ProtobufCFieldDescriptor *field);

/* The name in a dialect. */
const char *field_name(
    const struct field_rule *rule, const ProtobufCFieldDescriptor *field, enum dialect dialect);

/* Keys that appear in files which the daemon wrote and that no message has: read over without a
 * word. */
bool field_is_ignored(const ProtobufCMessageDescriptor *message, const char *key);

/* The field that a JSON key means, in whatever dialect, or NULL. */
const ProtobufCFieldDescriptor *field_find(
    const ProtobufCMessageDescriptor *message, const char *key);

#endif
