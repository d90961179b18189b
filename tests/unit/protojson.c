#include "protojson.h"

#include "base/file.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *what, const char *name)
{
    fprintf(stderr, "protojson: %s: %s\n", what, name);
    abort();
}

static void put_value(void *at, const ProtobufCFieldDescriptor *field, const cJSON *value)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        *(char **)at = memory_string(cJSON_GetStringValue(value));
        break;
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)at = cJSON_IsTrue(value);
        break;
    case PROTOBUF_C_TYPE_INT32:
        *(int32_t *)at = (int32_t)value->valuedouble;
        break;
    case PROTOBUF_C_TYPE_INT64:
        *(int64_t *)at = cJSON_IsString(value) ? strtoll(value->valuestring, NULL, 10)
                                               : (int64_t)value->valuedouble;
        break;
    case PROTOBUF_C_TYPE_MESSAGE:
        *(ProtobufCMessage **)at = protojson_read(value, field->descriptor);
        break;
    default:
        fail("a type that is in no message", field->name);
    }
}

static void put_list(
    ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, const cJSON *list)
{
    size_t count = (size_t)cJSON_GetArraySize(list), i = 0;
    void **elements = memory_zeroed(count, sizeof(*elements));
    const cJSON *element;
    if (cJSON_IsObject(list)) { /* a map */
        cJSON_ArrayForEach(element, list)
        {
            cJSON *entry = cJSON_CreateObject();
            cJSON_AddStringToObject(entry, "key", element->string);
            cJSON_AddItemToObject(entry, "value", cJSON_Duplicate(element, 1));
            elements[i++] = protojson_read(entry, field->descriptor);
            cJSON_Delete(entry);
        }
    } else {
        cJSON_ArrayForEach(element, list) put_value(&elements[i++], field, element);
    }
    *(size_t *)((char *)message + field->quantifier_offset) = count;
    *(void ***)((char *)message + field->offset) = elements;
}

ProtobufCMessage *protojson_read(const cJSON *object, const ProtobufCMessageDescriptor *descriptor)
{
    ProtobufCMessage *message = memory_zeroed(1, descriptor->sizeof_message);
    protobuf_c_message_init(descriptor, message);
    const cJSON *value;
    cJSON_ArrayForEach(value, object)
    {
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field_by_name(descriptor, value->string);
        if (!field)
            fail("no such field", value->string);
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            put_list(message, field, value);
            continue;
        }
        put_value((char *)message + field->offset, field, value);
        if (field->quantifier_offset)
            *(protobuf_c_boolean *)((char *)message + field->quantifier_offset) = 1;
    }
    return message;
}

cJSON *protojson_file(const char *relative_path)
{
    char *path = memory_format("%s/tests/data/%s", KD_SOURCE_DIR, relative_path);
    char *bytes = NULL;
    size_t length = 0;
    struct error err = {0};
    if (file_read(path, (size_t)64 << 20, &bytes, &length, &err) < 0)
        fail("cannot read", err.text);
    cJSON *tree = cJSON_ParseWithLength(bytes, length);
    if (!tree)
        fail("no JSON", path);
    free(bytes);
    free(path);
    return tree;
}
