/* A strict reader of JSON (RFC 8259) that knows where everything stands. What it accepts is exactly
 * the grammar, in UTF-8 without a byte order mark; repeated keys are legal here (the manifest
 * refuses them). It never recurses: nesting costs one node a level. */
#ifndef KD_MANIFEST_JSON_H
#define KD_MANIFEST_JSON_H

#include "manifest/scanner.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum json_type {
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT,
};

#define JSON_NONE UINT32_MAX

/* One value. Offsets count bytes from the beginning of the file, ends are exclusive; links are
 * indices into `nodes`, JSON_NONE where there is nothing. */
struct json_node {
    uint32_t begin, end;         /* the value, with its quotes or brackets */
    uint32_t key_begin, key_end; /* its key with the quotes; equal: it has none */
    uint32_t parent, child, next;
    uint32_t count; /* of children */
    uint32_t index; /* among its parent's children */
    uint8_t type;   /* enum json_type */
    bool wrong;     /* for the user of the tree: a mistake in it was reported already */
};

struct json {
    const char *bytes; /* borrowed */
    size_t length;
    struct json_node *nodes; /* in the order of the file; 0 is the root */
    size_t count;
    size_t capacity;
};

/* At most 1 GiB. Returns 0, or negative with the one problem that ended it. */
int json_parse(const char *bytes, size_t length, size_t max_nesting, struct json *ret_json,
    struct json_problem *ret_problem);
void json_finish(struct json *json);

/* The text of a string's (or key's) quoted bytes from begin to end, with a zero behind it that is
 * not counted; \u0000 gives a zero within. free() it. */
char *json_unquote(const struct json *json, uint32_t begin, uint32_t end, size_t *ret_length);

enum json_integer { JSON_INTEGER, JSON_FRACTION, JSON_TOO_BIG };

/* The exact value of a JSON_NUMBER, whatever its spelling (1e3, 10.0), when it is whole and fits 64
 * bits; *ret_value is untouched otherwise. */
enum json_integer json_integer(
    const struct json *json, const struct json_node *node, int64_t *ret_value);

#endif
