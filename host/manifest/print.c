#include "manifest/manifest.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/printable.h"
#include "base/utf8.h"
#include "manifest/entry.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static cJSON *print_message(const ProtobufCMessage *message, enum dialect dialect);

static const void *member_of(const ProtobufCMessage *message, unsigned offset)
{
    return (const char *)message + offset;
}

/* As text: cJSON's own numbers are doubles, and lose digits. */
static cJSON *print_number(int64_t value)
{
    char text[24];
    snprintf(text, sizeof(text), "%" PRId64, value);
    return cJSON_CreateRaw(text);
}

/* The CM dialect writes some words as integers. */
static cJSON *print_string(const char *string, const struct field_rule *rule, enum dialect dialect)
{
    if (rule->words && dialect == DIALECT_CM)
        for (size_t i = 0; i < rule->words->count; i++)
            if (strcmp(rule->words->words[i], string) == 0)
                return print_number((int64_t)i);
    return cJSON_CreateString(string);
}

/* One value at its place in the message or array; NULL when it is absent. */
static cJSON *print_value(const void *place, const ProtobufCFieldDescriptor *field,
    const struct field_rule *rule, enum dialect dialect)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_MESSAGE: {
        const ProtobufCMessage *message = *(ProtobufCMessage *const *)place;
        return message ? print_message(message, dialect) : NULL;
    }
    case PROTOBUF_C_TYPE_STRING: {
        const char *string = *(char *const *)place;
        return string ? print_string(string, rule, dialect) : NULL;
    }
    case PROTOBUF_C_TYPE_BOOL:
        return cJSON_CreateBool(*(const protobuf_c_boolean *)place);
    case PROTOBUF_C_TYPE_INT32:
        return print_number(*(const int32_t *)place);
    case PROTOBUF_C_TYPE_INT64:
        return print_number(*(const int64_t *)place);
    default: /* the proto has no other types */
        return NULL;
    }
}

static cJSON *print_map(
    void *const *entries, size_t count, const ProtobufCFieldDescriptor *field, enum dialect dialect)
{
    const ProtobufCMessageDescriptor *descriptor = field->descriptor;
    cJSON *object = cJSON_CreateObject();
    for (size_t i = 0; i < count; i++) {
        const char *key = *(char *const *)member_of(entries[i], entry_key(descriptor)->offset);
        const ProtobufCMessage *value =
            *(ProtobufCMessage *const *)member_of(entries[i], entry_value(descriptor)->offset);
        cJSON_AddItemToObject(
            object, key ? key : "", value ? print_message(value, dialect) : cJSON_CreateNull());
    }
    return object;
}

static cJSON *print_repeated(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
    const struct field_rule *rule, enum dialect dialect)
{
    size_t count = *(const size_t *)member_of(message, field->quantifier_offset);
    void *const *elements = *(void *const *const *)member_of(message, field->offset);
    if (count == 0)
        return NULL;
    if (entry_is(field))
        return print_map(elements, count, field, dialect);
    cJSON *array = cJSON_CreateArray();
    for (size_t i = 0; i < count; i++)
        cJSON_AddItemToArray(array, print_value(&elements[i], field, rule, dialect));
    return array;
}

static cJSON *print_field(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
    const struct field_rule *rule, enum dialect dialect)
{
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return print_repeated(message, field, rule, dialect);
    bool flagged = field->type != PROTOBUF_C_TYPE_STRING && field->type != PROTOBUF_C_TYPE_MESSAGE;
    if (flagged && !*(const protobuf_c_boolean *)member_of(message, field->quantifier_offset))
        return NULL;
    return print_value(member_of(message, field->offset), field, rule, dialect);
}

static cJSON *print_message(const ProtobufCMessage *message, enum dialect dialect)
{
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    cJSON *object = cJSON_CreateObject();
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        const struct field_rule *rule = field_rule(descriptor, field);
        cJSON *value = print_field(message, field, rule, dialect);
        if (value)
            cJSON_AddItemToObject(object, field_name(rule, field, dialect), value);
    }
    return object;
}

/* What would command a terminal is written as JSON's \u: its value is the same. Returns its bytes. */
static size_t add_character(const char *at, struct text *out)
{
    size_t length = utf8_length(at, strnlen(at, 4));
    uint32_t code = length ? utf8_decode(at, length) : 0;
    if (length && *at != '\n' && printable_is_unsafe(code))
        text_add_format(out, "\\u%04" PRIx32, code);
    else
        text_add_bytes(out, at, length ? length : 1);
    return length ? length : 1;
}

/* cJSON lays out with tabs (never within strings: there they are \t): two blanks for one at the
 * beginning of a line, one elsewhere. {} stays on its line. */
static void lay_out(const char *json, struct text *out)
{
    bool begins = false;
    for (const char *at = json; *at; at++) {
        size_t blanks = *at == '{' && at[1] == '\n' ? strspn(at + 2, "\t") : 0;
        if (*at == '{' && at[1] == '\n' && at[2 + blanks] == '}') {
            text_add(out, "{}");
            at += 2 + blanks;
        } else if (*at == '\t') {
            text_add(out, begins ? "  " : " ");
            continue;
        } else {
            begins = *at == '\n';
            at += add_character(at, out) - 1;
            continue;
        }
        begins = false;
    }
    text_add(out, "\n");
}

void manifest_print(const Kanto__Container *container, enum dialect dialect, struct text *out)
{
    cJSON *tree = print_message(&container->base, dialect);
    char *json = cJSON_Print(tree);
    if (json)
        lay_out(json, out);
    cJSON_free(json);
    cJSON_Delete(tree);
}
