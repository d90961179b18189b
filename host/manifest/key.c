#include "manifest/decoder.h"

#include "base/cleanup.h"
#include "base/invisible.h"
#include "base/nearest.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NAMES_MAX 64 /* spellings of one message's fields */

/* The key with the least distance, of any dialect; the file's own dialect first. */
static const char *nearest_key(
    const struct decoder *decoder, const ProtobufCMessageDescriptor *message, const char *key)
{
    const char *names[NAMES_MAX];
    size_t count = 0;
    for (int round = 0; round < 2; round++) {
        enum dialect dialect =
            (decoder->dialect == DIALECT_CM) == (round == 0) ? DIALECT_CM : DIALECT_INTERNAL;
        for (unsigned i = 0; i < message->n_fields && count < NAMES_MAX; i++) {
            const ProtobufCFieldDescriptor *field = &message->fields[i];
            names[count++] = field_name(field_rule(message, field), field, dialect);
        }
    }
    return nearest_word(key, names, count);
}

/* Where else a key is known: how many places, and the last of them. */
struct places {
    size_t count;
    char path[128];
};

static void find_places(struct places *places, const ProtobufCMessageDescriptor *message,
    const char *key, enum dialect dialect, const char *path)
{
    if (field_find(message, key) && places->count++ == 0)
        snprintf(places->path, sizeof(places->path), "%s", path);
    for (unsigned i = 0; i < message->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->fields[i];
        const struct field_rule *rule = field_rule(message, field);
        if (field->type != PROTOBUF_C_TYPE_MESSAGE || rule->result)
            continue;
        char below[128];
        snprintf(below, sizeof(below), "%s%s%s%s", path, *path ? "." : "",
            field_name(rule, field, dialect),
            field->label == PROTOBUF_C_LABEL_REPEATED ? "[]" : "");
        find_places(places, field->descriptor, key, dialect, below);
    }
}

static void list_known(
    const struct decoder *decoder, const ProtobufCMessageDescriptor *message, struct text *out)
{
    const char *comma = "";
    for (unsigned i = 0; i < message->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->fields[i];
        const struct field_rule *rule = field_rule(message, field);
        if (rule->result && strcmp(field->name, "id") != 0)
            continue;
        text_add_format(out, "%s%s", comma, field_name(rule, field, decoder->dialect));
        comma = ", ";
    }
}

static void report_unknown(struct decoder *decoder, const ProtobufCMessageDescriptor *message,
    uint32_t node, const char *key)
{
    struct places places = {0};
    scoped_text struct text hint = {0};
    if (!decoder->quiet && !diagnostics_full(decoder->diagnostics)) {
        const char *nearest = nearest_key(decoder, message, key);
        uint32_t code = 0;
        const char *invisible = invisible_find(key, &code);
        if (invisible)
            text_add_format(
                &hint, "it has the invisible character U+%04" PRIX32 " (%s); ", code, invisible);
        find_places(&places, &kanto__container__descriptor, key, decoder->dialect, "");
        if (places.count == 1 && *places.path)
            text_add_format(&hint, "it belongs into %s; ", places.path);
        else if (places.count == 1)
            text_add(&hint, "it belongs to the top level; ");
        else if (nearest)
            text_add_format(&hint, "did you mean \"%s\"? ", nearest);
        text_add(&hint, "known here: ");
        list_known(decoder, message, &hint);
    }
    decoder_report(
        decoder, SEVERITY_WARNING, node, MARK_KEY, "unknown key, ignored; %s", text_get(&hint));
}

const ProtobufCFieldDescriptor *decode_find_field(
    struct decoder *decoder, const ProtobufCMessageDescriptor *message, uint32_t node)
{
    size_t length = 0;
    scoped_free char *key = document_key(decoder->document, node, &length);
    const ProtobufCFieldDescriptor *field = strlen(key) == length ? field_find(message, key) : NULL;
    if (!field && !field_is_ignored(message, key))
        report_unknown(decoder, message, node, key);
    return field;
}
