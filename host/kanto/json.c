#include "kanto/json.h"

#include "base/memory.h"
#include "proto/containers.pb-c.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* NULL for a default, unless `whole`. */
static cJSON *value_json(const ProtobufCFieldDescriptor *field, const void *at, bool whole)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING: {
        const char *string = *(char *const *)at;
        return whole || (string && *string) ? cJSON_CreateString(string ? string : "") : NULL;
    }
    case PROTOBUF_C_TYPE_BOOL:
        return whole || *(const protobuf_c_boolean *)at
                   ? cJSON_CreateBool(*(const protobuf_c_boolean *)at)
                   : NULL;
    case PROTOBUF_C_TYPE_INT32:
        return whole || *(const int32_t *)at ? cJSON_CreateNumber(*(const int32_t *)at) : NULL;
    case PROTOBUF_C_TYPE_INT64: {
        if (!whole && !*(const int64_t *)at)
            return NULL;
        char *digits = memory_format("%" PRId64, *(const int64_t *)at);
        cJSON *value = cJSON_CreateString(digits);
        free(digits);
        return value;
    }
    case PROTOBUF_C_TYPE_MESSAGE: {
        const ProtobufCMessage *message = *(ProtobufCMessage *const *)at;
        return message ? json_message(message) : NULL;
    }
    default: /* no other type is in the messages */
        return NULL;
    }
}

/* Repeated fields hold pointers only: strings and messages. */
static cJSON *list_json(const ProtobufCFieldDescriptor *field, void *const *elements, size_t count)
{
    bool map = field->type == PROTOBUF_C_TYPE_MESSAGE &&
               field->descriptor == &kanto__network_entry__descriptor;
    cJSON *list = map ? cJSON_CreateObject() : cJSON_CreateArray();
    for (size_t i = 0; i < count; i++) {
        const Kanto__NetworkEntry *entry = elements[i];
        if (!map)
            cJSON_AddItemToArray(list, value_json(field, &elements[i], true));
        else if (entry->key && entry->value)
            cJSON_AddItemToObject(list, entry->key, json_message(&entry->value->base));
    }
    return list;
}

cJSON *json_message(const ProtobufCMessage *message)
{
    cJSON *object = cJSON_CreateObject();
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        const char *at = (const char *)message + field->offset;
        cJSON *value = NULL;
        if (field->label != PROTOBUF_C_LABEL_REPEATED)
            value = value_json(field, at, false);
        else if (*(const size_t *)((const char *)message + field->quantifier_offset) > 0)
            value = list_json(field, *(void **const *)at,
                *(const size_t *)((const char *)message + field->quantifier_offset));
        if (value)
            cJSON_AddItemToObject(object, field->name, value);
    }
    return object;
}
