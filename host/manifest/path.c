#include "manifest/path.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "proto/containers.pb-c.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_plain(const char *key)
{
    for (const char *at = key; *at; at++)
        if (!isalnum((unsigned char)*at) && !strchr("_-$", *at))
            return false;
    return *key != '\0';
}

static void add_key(const struct document *document, uint32_t node, struct text *out)
{
    size_t length = 0;
    scoped_free char *key = document_key(document, node, &length);
    const struct json_node *at = document_node(document, node);
    text_add(out, out->length ? "." : "");
    if (is_plain(key) && strlen(key) == length)
        text_add_bytes(out, key, length);
    else
        text_add_bytes(out, document->bytes + at->key_begin, at->key_end - at->key_begin);
}

static void add_index(const struct document *document, uint32_t node, struct text *out)
{
    text_add_format(out, "[%" PRIu32 "]", document_node(document, node)->index);
}

void path_of_node(const struct document *document, uint32_t node, struct text *out)
{
    size_t depth = 0, capacity = 0;
    scoped_free uint32_t *nodes = NULL;
    for (; document_node(document, node)->parent != JSON_NONE;
         node = document_node(document, node)->parent) {
        memory_grow(&nodes, &capacity, depth, sizeof(*nodes));
        nodes[depth++] = node;
    }
    while (depth-- > 0) {
        const struct json_node *at = document_node(document, nodes[depth]);
        if (at->key_end > at->key_begin)
            add_key(document, nodes[depth], out);
        else
            add_index(document, nodes[depth], out);
    }
}

/* One step of a path: a field's name, and perhaps an index behind it. */
struct step {
    const ProtobufCFieldDescriptor *field;
    bool indexed;
    size_t index;
    const char *rest; /* behind it; "" at the end, NULL when this is no step */
};

static struct step read_step(const ProtobufCMessageDescriptor *message, const char *path)
{
    struct step step = {0};
    char name[64];
    size_t length = strcspn(path, ".[");
    if (!message || length == 0 || length >= sizeof(name))
        return step;
    memcpy(name, path, length);
    name[length] = '\0';
    step.field = protobuf_c_message_descriptor_get_field_by_name(message, name);
    const char *rest = path + length;
    if (*rest == '[') {
        char *end = NULL;
        step.indexed = true;
        step.index = strtoul(rest + 1, &end, 10);
        rest = *end == ']' ? end + 1 : end;
    }
    step.rest = step.field ? rest + (*rest == '.') : NULL;
    return step;
}

static uint32_t find_member(const struct document *document, uint32_t node,
    const ProtobufCMessageDescriptor *message, const ProtobufCFieldDescriptor *field)
{
    if (document_node(document, node)->type != JSON_OBJECT)
        return JSON_NONE;
    uint32_t member = document_node(document, node)->child;
    for (; member != JSON_NONE; member = document_node(document, member)->next) {
        size_t length = 0;
        scoped_free char *key = document_key(document, member, &length);
        if (strlen(key) == length && field_find(message, key) == field)
            break;
    }
    return member;
}

/* Findings come in the order of the elements: each search goes on where the last one ended. */
static uint32_t find_element(struct document *document, uint32_t node, size_t index)
{
    const struct json_node *array = document_node(document, node);
    if (array->type != JSON_ARRAY || index >= array->count)
        return JSON_NONE;
    uint32_t element = document->last_element;
    const struct json_node *last = element ? document_node(document, element) : NULL;
    if (!last || last->parent != node || last->index > index)
        element = array->child;
    while (document_node(document, element)->index < index)
        element = document_node(document, element)->next;
    document->last_element = element;
    return element;
}

/* Adds what the file has not. */
static void add_missing(const struct step *step, const ProtobufCMessageDescriptor *message,
    enum dialect dialect, struct text *out)
{
    text_add(out, out->length ? "." : "");
    text_add(out, field_name(field_rule(message, step->field), step->field, dialect));
    if (step->indexed)
        text_add_format(out, "[%zu]", step->index);
}

uint32_t path_find(struct document *document, uint32_t root, enum dialect dialect, const char *path,
    struct text *out, bool *ret_exact)
{
    const ProtobufCMessageDescriptor *message = &kanto__container__descriptor;
    uint32_t node = root;
    bool exact = true;
    path_of_node(document, root, out);
    while (*path) {
        struct step step = read_step(message, path);
        if (!step.rest) { /* no field of ours: by the letter */
            text_add(out, out->length ? "." : "");
            text_add(out, path);
            exact = false;
            break;
        }
        uint32_t next = exact ? find_member(document, node, message, step.field) : JSON_NONE;
        if (next != JSON_NONE) {
            node = next;
            add_key(document, node, out);
        } else {
            add_missing(&step, message, dialect, out);
            exact = false;
        }
        if (exact && step.indexed) {
            next = find_element(document, node, step.index);
            exact = next != JSON_NONE;
            node = exact ? next : node;
            text_add_format(out, "[%zu]", step.index);
        }
        message = step.field->type == PROTOBUF_C_TYPE_MESSAGE ? step.field->descriptor : NULL;
        path = step.rest;
    }
    *ret_exact = exact;
    return node;
}
