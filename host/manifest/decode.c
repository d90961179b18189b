#include "manifest/decoder.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "manifest/entry.h"

#include <stdlib.h>
#include <string.h>

static void decode_object(struct decoder *decoder, uint32_t object, ProtobufCMessage *message);

static void *member_of(ProtobufCMessage *message, unsigned offset)
{
    return (char *)message + offset;
}

static ProtobufCMessage *create_message(const ProtobufCMessageDescriptor *descriptor)
{
    ProtobufCMessage *message = memory_zeroed(1, descriptor->sizeof_message);
    protobuf_c_message_init(descriptor, message);
    return message;
}

/* null, "" and []: as if the key were not there. */
static bool is_absent(const struct decoder *decoder, uint32_t node)
{
    const struct json_node *at = document_node(decoder->document, node);
    return at->type == JSON_NULL || (at->type == JSON_STRING && at->end - at->begin == 2) ||
           (at->type == JSON_ARRAY && at->count == 0);
}

/* Messages that mean nothing when all that is in them is absent. (An empty restart_policy is not
 * among them: the daemon refuses it.) */
static bool means_nothing(const ProtobufCMessage *message)
{
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    return (descriptor == &kanto__resources__descriptor ||
               descriptor == &kanto__decrypt_config__descriptor) &&
           protobuf_c_message_get_packed_size(message) == 0;
}

static void decode_message(
    struct decoder *decoder, uint32_t node, const ProtobufCFieldDescriptor *field, void *place)
{
    if (document_node(decoder->document, node)->type != JSON_OBJECT) {
        decoder_mismatch(decoder, node, "an object");
        return;
    }
    ProtobufCMessage *message = create_message(field->descriptor);
    decode_object(decoder, node, message);
    if (means_nothing(message)) {
        protobuf_c_message_free_unpacked(message, NULL);
        return;
    }
    *(ProtobufCMessage **)place = message;
}

/* What is wrong stays as an empty element: indices must fit those of the file. */
static void *decode_element(struct decoder *decoder, uint32_t node, const struct field_rule *rule,
    const ProtobufCFieldDescriptor *field)
{
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        ProtobufCMessage *message = NULL;
        decode_message(decoder, node, field, &message);
        return message ? message : create_message(field->descriptor);
    }
    char *string = NULL;
    decode_scalar(decoder, node, rule, field, &string);
    return string ? string : memory_string("");
}

/* A JSON object whose keys are data → the entries that a map is on the wire. */
static void *decode_entry(
    struct decoder *decoder, uint32_t node, const ProtobufCFieldDescriptor *field)
{
    size_t length = 0;
    const ProtobufCMessageDescriptor *descriptor = field->descriptor;
    ProtobufCMessage *entry = create_message(descriptor);
    *(char **)member_of(entry, entry_key(descriptor)->offset) =
        document_key(decoder->document, node, &length);
    if (!is_absent(decoder, node))
        decode_message(decoder, node, entry_value(descriptor),
            member_of(entry, entry_value(descriptor)->offset));
    return entry;
}

static void decode_repeated(struct decoder *decoder, uint32_t node, const struct field_rule *rule,
    const ProtobufCFieldDescriptor *field, ProtobufCMessage *message)
{
    const struct json_node *at = document_node(decoder->document, node);
    bool map = entry_is(field);
    if (at->type != (map ? JSON_OBJECT : JSON_ARRAY)) {
        decoder_mismatch(decoder, node, map ? "an object" : "an array");
        return;
    }
    if (at->count == 0)
        return;
    void **elements = memory_zeroed(at->count, sizeof(*elements));
    size_t count = 0;
    for (uint32_t child = at->child; child != JSON_NONE;
         child = document_node(decoder->document, child)->next)
        elements[count++] =
            map ? decode_entry(decoder, child, field) : decode_element(decoder, child, rule, field);
    *(size_t *)member_of(message, field->quantifier_offset) = count;
    *(void ***)member_of(message, field->offset) = elements;
}

static void decode_field(struct decoder *decoder, uint32_t node, const struct field_rule *rule,
    const ProtobufCFieldDescriptor *field, ProtobufCMessage *message)
{
    void *place = member_of(message, field->offset);
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        decode_repeated(decoder, node, rule, field, message);
    } else if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        decode_message(decoder, node, field, place);
    } else if (decode_scalar(decoder, node, rule, field, place) &&
               field->type != PROTOBUF_C_TYPE_STRING) {
        *(protobuf_c_boolean *)member_of(message, field->quantifier_offset) = 1;
    }
}

static bool same_value(const struct document *document, uint32_t a, uint32_t b)
{
    const struct json_node *left = document_node(document, a), *right = document_node(document, b);
    size_t length = left->end - left->begin;
    return length == right->end - right->begin &&
           memcmp(document->bytes + left->begin, document->bytes + right->begin, length) == 0;
}

/* Two keys of one field (protocol and proto, name and container_name). */
static void check_again(struct decoder *decoder, uint32_t first, uint32_t second)
{
    const struct document *document = decoder->document;
    if (same_value(document, first, second))
        return;
    const struct json_node *at = document_node(document, first);
    decoder_report(decoder, SEVERITY_ERROR, second, MARK_VALUE,
        "found another value than that of %.*s on line %zu, which means the same; expected one of "
        "the two keys",
        (int)(at->key_end - at->key_begin), document->bytes + at->key_begin,
        document_line(document, at->key_begin));
}

static void decode_member(
    struct decoder *decoder, uint32_t node, ProtobufCMessage *message, uint32_t *first_of_field)
{
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    const ProtobufCFieldDescriptor *field = decode_find_field(decoder, descriptor, node);
    if (!field || is_absent(decoder, node))
        return;
    uint32_t *first = &first_of_field[field - descriptor->fields];
    if (*first != JSON_NONE) {
        check_again(decoder, *first, node);
        return;
    }
    *first = node;
    const struct field_rule *rule = field_rule(descriptor, field);
    /* An id is a result too, but one that a manifest may ask for. */
    bool desired = !rule->result ||
                   (descriptor == &kanto__container__descriptor && strcmp(field->name, "id") == 0);
    decoder->quiet += !desired;
    decode_field(decoder, node, rule, field, message);
    decoder->quiet -= !desired;
}

static void decode_object(struct decoder *decoder, uint32_t object, ProtobufCMessage *message)
{
    unsigned count = message->descriptor->n_fields;
    scoped_free uint32_t *first_of_field = memory_zeroed(count, sizeof(*first_of_field));
    for (unsigned i = 0; i < count; i++)
        first_of_field[i] = JSON_NONE;
    uint32_t node = document_node(decoder->document, object)->child;
    for (; node != JSON_NONE; node = document_node(decoder->document, node)->next)
        if (!document_node(decoder->document, node)->wrong) /* a repeated key */
            decode_member(decoder, node, message, first_of_field);
}

void decode_container(struct decoder *decoder, Kanto__Container *container)
{
    decode_object(decoder, decoder->root, &container->base);
}
