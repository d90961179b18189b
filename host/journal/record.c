#include "journal/record.h"

#include "base/cleanup.h"

#include <cjson/cJSON.h>
#include <string.h>

static const char *const phase_words[] = {
    [JOURNAL_INTENDED] = "intended",
    [JOURNAL_DEPLOYED] = "deployed",
    [JOURNAL_SUSPECT] = "suspect",
};

static void delete_tree(cJSON **tree)
{
    cJSON_Delete(*tree);
}

void record_write(const struct journal *journal, struct text *out)
{
    scoped(delete_tree) cJSON *root = cJSON_CreateObject();
    cJSON_AddNumberToObject(root, "format", RECORD_FORMAT);
    cJSON *entries = cJSON_AddArrayToObject(root, "entries");
    for (size_t i = 0; i < journal->count; i++) {
        const struct journal_entry *entry = &journal->entries[i];
        cJSON *object = cJSON_CreateObject();
        cJSON_AddItemToArray(entries, object);
        cJSON_AddStringToObject(object, "name", entry->name);
        cJSON_AddStringToObject(object, "id", entry->id);
        cJSON_AddStringToObject(object, "source", entry->source);
        cJSON_AddStringToObject(object, "key", entry->key);
        cJSON_AddStringToObject(object, "digest", entry->digest);
        cJSON_AddStringToObject(object, "phase", phase_words[entry->phase]);
    }
    char *printed = cJSON_Print(root);
    text_add(out, printed ? printed : "");
    text_add(out, "\n");
    cJSON_free(printed);
}

static char *word(const cJSON *object, const char *key)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

static int read_entry(const cJSON *object, struct journal_entry *ret_entry, struct error *err)
{
    const char *phase = word(object, "phase");
    struct journal_entry entry = {
        .name = word(object, "name"),
        .id = word(object, "id"),
        .source = word(object, "source"),
        .key = word(object, "key"),
        .digest = word(object, "digest"),
    };
    if (!entry.name || !entry.id || !entry.source || !entry.key || !entry.digest || !phase)
        return error_set(err, ERROR_INVALID, "an entry lacks a field");
    for (size_t i = 0; i < countof(phase_words); i++) {
        if (strcmp(phase, phase_words[i]) != 0)
            continue;
        entry.phase = (enum journal_phase)i;
        *ret_entry = entry;
        return 0;
    }
    return error_set(err, ERROR_INVALID, "found phase \"%.40s\"", phase);
}

int record_read(struct journal *journal, const char *bytes, size_t length, struct error *err)
{
    const char *end = NULL;
    scoped(delete_tree) cJSON *root = cJSON_ParseWithLengthOpts(bytes, length + 1, &end, 1);
    if (!root)
        return error_set(err, ERROR_INVALID, "it is no JSON (byte %zu of %zu)",
            end ? (size_t)(end - bytes) : 0, length);
    const cJSON *format = cJSON_GetObjectItemCaseSensitive(root, "format");
    const cJSON *entries = cJSON_GetObjectItemCaseSensitive(root, "entries");
    if (!cJSON_IsNumber(format) || format->valuedouble != RECORD_FORMAT || !cJSON_IsArray(entries))
        return error_set(err, ERROR_INVALID, "it is not of format %d", RECORD_FORMAT);
    const cJSON *object = NULL;
    struct journal_entry entry;
    cJSON_ArrayForEach(object, entries) if (read_entry(object, &entry, err) < 0) return -1;
    cJSON_ArrayForEach(object, entries)
    {
        if (read_entry(object, &entry, err) == 0)
            journal_put(journal, &entry);
    }
    return 0;
}
