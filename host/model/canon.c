#include "model/canon.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "model/container.h"
#include "model/defaults.h"
#include "model/field.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Bytes before the next one that is escaped, or the end. */
static size_t plain_length(const char *string)
{
    size_t length = 0;
    while ((unsigned char)string[length] >= 0x20 && string[length] != '"' && string[length] != '\\')
        length++;
    return length;
}

static void add_string(const char *string, struct text *out)
{
    text_add(out, "\"");
    for (;;) {
        size_t plain = plain_length(string);
        text_add_bytes(out, string, plain);
        string += plain;
        if (!*string)
            break;
        if (*string == '"' || *string == '\\')
            text_add_format(out, "\\%c", *string);
        else
            text_add_format(out, "\\u%04x", (unsigned)(unsigned char)*string);
        string++;
    }
    text_add(out, "\"");
}

/* One value at `at`. Adds nothing for a default, unless `whole` (an element of a list is there even
 * when it is empty). */
static void add_value(
    const ProtobufCFieldDescriptor *field, const void *at, bool whole, struct text *out)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING: {
        const char *string = *(char *const *)at;
        if (whole || (string && *string))
            add_string(string ? string : "", out);
        break;
    }
    case PROTOBUF_C_TYPE_BOOL:
        if (whole || *(const protobuf_c_boolean *)at)
            text_add(out, *(const protobuf_c_boolean *)at ? "true" : "false");
        break;
    case PROTOBUF_C_TYPE_INT32:
        if (whole || *(const int32_t *)at)
            text_add_format(out, "%" PRId32, *(const int32_t *)at);
        break;
    case PROTOBUF_C_TYPE_INT64:
        if (whole || *(const int64_t *)at)
            text_add_format(out, "%" PRId64, *(const int64_t *)at);
        break;
    case PROTOBUF_C_TYPE_MESSAGE: {
        const ProtobufCMessage *message = *(ProtobufCMessage *const *)at;
        size_t before = out->length;
        if (message)
            canon_message(message, out);
        if (!whole && out->length - before <= 2) {
            out->length = before;
            if (out->data)
                out->data[before] = '\0';
        }
        break;
    }
    default: /* no other type is in the messages */
        break;
    }
}

static size_t element_size(const ProtobufCFieldDescriptor *field)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_INT32:
        return sizeof(int32_t);
    case PROTOBUF_C_TYPE_INT64:
        return sizeof(int64_t);
    default:
        return sizeof(void *);
    }
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_list(const ProtobufCFieldDescriptor *field, const char *elements, size_t count,
    bool sorted, struct text *out)
{
    if (count == 0)
        return;
    char **texts = memory_zeroed(count, sizeof(*texts));
    for (size_t i = 0; i < count; i++) {
        struct text text = {0};
        add_value(field, elements + i * element_size(field), true, &text);
        texts[i] = text_steal(&text);
    }
    if (sorted)
        qsort(texts, count, sizeof(*texts), by_bytes);
    for (size_t i = 0; i < count; i++) {
        text_add(out, i ? "," : "[");
        text_add(out, texts[i]);
        free(texts[i]);
    }
    text_add(out, "]");
    free(texts);
}

void canon_field(
    const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, struct text *out)
{
    const char *at = (const char *)message + field->offset;
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        size_t count = *(const size_t *)((const char *)message + field->quantifier_offset);
        add_list(
            field, *(char *const *)at, count, field_rule(message->descriptor, field)->set, out);
    } else {
        add_value(field, at, false, out);
    }
}

void canon_message(const ProtobufCMessage *message, struct text *out)
{
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    bool first = true;
    text_add(out, "{");
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        scoped(text_finish) struct text value = {0};
        if (!field_rule(descriptor, field)->result)
            canon_field(message, field, &value);
        if (value.length == 0)
            continue;
        text_add_format(out, "%s\"%s\":", first ? "" : ",", field->name);
        text_add_bytes(out, text_get(&value), value.length);
        first = false;
    }
    text_add(out, "}");
}

#define RUNC "io.containerd.runc.v2"

bool canon_is_runc(const char *runtime)
{
    static const char *const runc[] = {
        RUNC, "io.containerd.runc.v1", "io.containerd.runtime.v1.linux"};
    for (size_t i = 0; i < countof(runc); i++)
        if (strcmp(runtime, runc[i]) == 0)
            return true;
    return false;
}

static void level_runtime(Kanto__HostConfig *host)
{
    if (!canon_is_runc(host->runtime))
        return;
    free(host->runtime);
    host->runtime = memory_string(RUNC);
}

static bool is(const char *text, const char *value)
{
    return strcmp(text ? text : "", value) == 0;
}

Kanto__Container *canon_comparable(const Kanto__Container *container, bool live)
{
    Kanto__Container *copy = container_clone(container);
    Kanto__Resources *resources = copy->host_config ? copy->host_config->resources : NULL;
    bool unlimited = resources && !is(resources->memory, "") &&
                     (is(resources->memory_swap, "-1") || (live && is(resources->memory_swap, "")));
    container_normalise(copy);
    level_runtime(copy->host_config);
    if (unlimited) {
        free(resources->memory_swap);
        resources->memory_swap = memory_string("-1");
    }
    return copy;
}
