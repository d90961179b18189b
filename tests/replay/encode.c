#include "encode.h"

#include "base/memory.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *place(ProtobufCMessage *message, unsigned offset)
{
    return (char *)message + offset;
}

static int64_t integer(const cJSON *value)
{
    return cJSON_IsString(value) ? strtoll(value->valuestring, NULL, 10)
                                 : (int64_t)cJSON_GetNumberValue(value);
}

static void set_value(const ProtobufCFieldDescriptor *field, void *at, const cJSON *value)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        *(char **)at = memory_string(cJSON_IsString(value) ? value->valuestring : "");
        break;
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)at = cJSON_IsTrue(value);
        break;
    case PROTOBUF_C_TYPE_INT32:
        *(int32_t *)at = (int32_t)integer(value);
        break;
    case PROTOBUF_C_TYPE_INT64:
        *(int64_t *)at = integer(value);
        break;
    case PROTOBUF_C_TYPE_MESSAGE:
        *(ProtobufCMessage **)at = encode_message(field->descriptor, value);
        break;
    default:
        break;
    }
}

static void set_list(
    ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, const cJSON *list)
{
    size_t count = (size_t)cJSON_GetArraySize(list), at = 0;
    void **elements = memory_zeroed(count + 1, sizeof(void *));
    const cJSON *value;
    cJSON_ArrayForEach(value, list)
    {
        set_value(field, &elements[at++], value);
    }
    *(size_t *)place(message, field->quantifier_offset) = count;
    *(void ***)place(message, field->offset) = elements;
}

ProtobufCMessage *encode_message(const ProtobufCMessageDescriptor *descriptor, const cJSON *object)
{
    ProtobufCMessage *message = memory_zeroed(1, descriptor->sizeof_message);
    const cJSON *value;
    protobuf_c_message_init(descriptor, message);
    cJSON_ArrayForEach(value, object)
    {
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field_by_name(descriptor, value->string);
        if (!field) {
            fprintf(stderr, "kanto-replay: found key \"%s\", which %s does not have\n",
                value->string, descriptor->name);
            exit(EXIT_FAILURE);
        }
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            set_list(message, field, value);
            continue;
        }
        set_value(field, place(message, field->offset), value);
        if (field->type != PROTOBUF_C_TYPE_STRING && field->type != PROTOBUF_C_TYPE_MESSAGE)
            *(protobuf_c_boolean *)place(message, field->quantifier_offset) = true;
    }
    return message;
}
