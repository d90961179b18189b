#include "manifest/decoder.h"

#include "base/cleanup.h"
#include "base/invisible.h"
#include "base/memory.h"
#include "base/nearest.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* "a, b or c" */
static void list_words(const struct field_words *words, struct text *out)
{
    for (size_t i = 0; i < words->count; i++)
        text_add_format(out, "%s%s",
            i == 0                  ? ""
            : i + 1 == words->count ? " or "
                                    : ", ",
            words->words[i]);
}

static void report_unknown_word(
    struct decoder *decoder, uint32_t node, const struct field_words *words, const char *word)
{
    scoped_text struct text expected = {0};
    list_words(words, &expected);
    const char *nearest = word ? nearest_word(word, words->words, words->count) : NULL;
    if (nearest)
        text_add_format(&expected, "; did you mean \"%s\"?", nearest);
    decoder_mismatch(decoder, node, text_get(&expected));
}

/* The word as the daemon spells it, or NULL. */
static const char *find_word(const struct field_words *words, const char *word)
{
    for (size_t i = 0; i < words->count; i++)
        if (strcmp(words->words[i], word) == 0 ||
            (words->any_case && strcasecmp(words->words[i], word) == 0))
            return words->words[i];
    return NULL;
}

static bool decode_word_number(
    struct decoder *decoder, uint32_t node, const struct field_words *words, char **ret_string)
{
    int64_t index = 0;
    const struct json *json = &decoder->document->json;
    if (json_integer(json, &json->nodes[node], &index) != JSON_INTEGER || index < 0 ||
        (uint64_t)index >= words->count) {
        scoped_text struct text expected = {0};
        list_words(words, &expected);
        text_add_format(&expected, " (0 to %zu)", words->count - 1);
        decoder_mismatch(decoder, node, text_get(&expected));
        return false;
    }
    *ret_string = memory_string(words->words[index]);
    return true;
}

/* It is taken as it stands: in a text that is shown to people it may be meant. */
static void report_invisible(struct decoder *decoder, uint32_t node, const char *string)
{
    uint32_t code = 0;
    const char *name = invisible_find(string, &code);
    if (name)
        decoder_report(decoder, SEVERITY_WARNING, node, MARK_VALUE,
            "found the invisible character U+%04" PRIX32 " (%s) in it; is it meant?", code, name);
}

static bool decode_string(
    struct decoder *decoder, uint32_t node, const struct field_words *words, char **ret_string)
{
    enum json_type type = document_node(decoder->document, node)->type;
    if (type == JSON_NUMBER && words)
        return decode_word_number(decoder, node, words, ret_string);
    if (type != JSON_STRING) {
        decoder_mismatch(decoder, node, "a string");
        return false;
    }
    size_t length = 0;
    scoped_free char *string = document_string(decoder->document, node, &length);
    if (strlen(string) != length) {
        decoder_mismatch(decoder, node, "a string without the character \\u0000");
        return false;
    }
    report_invisible(decoder, node, string);
    const char *word = words ? find_word(words, string) : NULL;
    if (words && words->closed && !word) {
        report_unknown_word(decoder, node, words, string);
        return false;
    }
    *ret_string = word ? memory_string(word) : steal(&string);
    return true;
}

static bool decode_integer(
    struct decoder *decoder, uint32_t node, int64_t least, int64_t most, int64_t *ret_value)
{
    const struct json *json = &decoder->document->json;
    int64_t value = 0;
    if (json->nodes[node].type != JSON_NUMBER) {
        decoder_mismatch(decoder, node, "an integer");
        return false;
    }
    enum json_integer kind = json_integer(json, &json->nodes[node], &value);
    if (kind == JSON_FRACTION) {
        decoder_mismatch(decoder, node, "an integer without a fraction");
        return false;
    }
    if (kind == JSON_TOO_BIG || value < least || value > most) {
        char expected[96];
        snprintf(
            expected, sizeof(expected), "an integer from %" PRId64 " to %" PRId64, least, most);
        decoder_mismatch(decoder, node, expected);
        return false;
    }
    *ret_value = value;
    return true;
}

static bool decode_bool(struct decoder *decoder, uint32_t node, protobuf_c_boolean *ret_value)
{
    enum json_type type = document_node(decoder->document, node)->type;
    if (type != JSON_TRUE && type != JSON_FALSE) {
        decoder_mismatch(decoder, node, "true or false");
        return false;
    }
    *ret_value = type == JSON_TRUE;
    return true;
}

bool decode_scalar(struct decoder *decoder, uint32_t node, const struct field_rule *rule,
    const ProtobufCFieldDescriptor *field, void *ret_value)
{
    int64_t number = 0;
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return decode_string(decoder, node, rule->words, ret_value);
    case PROTOBUF_C_TYPE_BOOL:
        return decode_bool(decoder, node, ret_value);
    case PROTOBUF_C_TYPE_INT32:
        if (!decode_integer(decoder, node, INT32_MIN, INT32_MAX, &number))
            return false;
        *(int32_t *)ret_value = (int32_t)number;
        return true;
    case PROTOBUF_C_TYPE_INT64:
        return decode_integer(decoder, node, INT64_MIN, INT64_MAX, ret_value);
    default: /* the proto has no other types; a new one is left out until it is written here */
        return false;
    }
}
