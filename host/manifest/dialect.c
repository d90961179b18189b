#include "manifest/decoder.h"

#include "base/cleanup.h"

#include <string.h>

/* Of each dialect: how many keys are its own, and the first. */
struct marker {
    size_t count;
    uint32_t first;
};

static void count_key(const char *key, uint32_t node, struct marker markers[2])
{
    const ProtobufCMessageDescriptor *message = &kanto__container__descriptor;
    const ProtobufCFieldDescriptor *field = field_find(message, key);
    if (!field)
        return;
    const struct field_rule *rule = field_rule(message, field);
    const char *cm_name = field_name(rule, field, DIALECT_CM);
    const char *internal_name = field_name(rule, field, DIALECT_INTERNAL);
    if (strcmp(cm_name, internal_name) == 0)
        return;
    bool cm = strcmp(key, cm_name) == 0;
    if (!cm && strcmp(key, internal_name) != 0)
        return;
    struct marker *marker = &markers[cm ? DIALECT_CM : DIALECT_INTERNAL];
    if (marker->count++ == 0)
        marker->first = node;
}

void decode_find_dialect(struct decoder *decoder)
{
    static const char *const names[] = {
        [DIALECT_INTERNAL] = "kanto-cm's internal state",
        [DIALECT_CM] = "kanto-cm's container files",
    };
    struct document *document = decoder->document;
    struct marker markers[2] = {0};
    uint32_t node = document_node(document, decoder->root)->child;
    for (; node != JSON_NONE; node = document_node(document, node)->next) {
        size_t length = 0;
        scoped_free char *key = document_key(document, node, &length);
        if (strlen(key) == length)
            count_key(key, node, markers);
    }
    bool internal = markers[DIALECT_INTERNAL].count > markers[DIALECT_CM].count;
    decoder->dialect = internal ? DIALECT_INTERNAL : DIALECT_CM;
    enum dialect other = internal ? DIALECT_CM : DIALECT_INTERNAL;
    if (markers[other].count == 0)
        return;
    const struct json_node *mine = document_node(document, markers[decoder->dialect].first);
    decoder_report(decoder, SEVERITY_WARNING, markers[other].first, MARK_KEY,
        "found a key of %s beside %.*s on line %zu, a key of %s; expected one dialect (both are "
        "read)",
        names[other], (int)(mine->key_end - mine->key_begin), document->bytes + mine->key_begin,
        document_line(document, mine->key_begin), names[decoder->dialect]);
}
