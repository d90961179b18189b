#include "journal/record.h"

#include "base/cleanup.h"
#include "base/hex.h"
#include "base/memory.h"
#include "base/sha256.h"

#include <cjson/cJSON.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC "kanto-deployer-journal "

static const char *const phase_words[] = {
    [JOURNAL_INTENDED] = "intended",
    [JOURNAL_DEPLOYED] = "deployed",
    [JOURNAL_SUSPECT] = "suspect",
};

static const char *const restart_words[] = {
    [RESTART_NONE] = "",
    [RESTART_DUE] = "due",
    [RESTART_BEGUN] = "begun",
};

static void delete_tree(cJSON **tree)
{
    cJSON_Delete(*tree);
}

/* ---- Writing ---- */

static void add_entry(cJSON *list, const struct journal_entry *entry)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddItemToArray(list, object);
    cJSON_AddStringToObject(object, "name", entry->name);
    cJSON_AddStringToObject(object, "id", entry->id);
    cJSON_AddStringToObject(object, "source", entry->source);
    cJSON_AddStringToObject(object, "key", entry->key);
    cJSON_AddStringToObject(object, "digest", entry->digest);
    cJSON_AddStringToObject(object, "phase", phase_words[entry->phase]);
    if (entry->restart != RESTART_NONE)
        cJSON_AddStringToObject(object, "restart", restart_words[entry->restart]);
    if (!entry->replaces)
        return;
    scoped_free char *former = NULL;
    cJSON_AddStringToObject(object, "replaces", entry->replaces);
    cJSON_AddBoolToObject(object, "former_ran", entry->former_ran);
    if (!entry->former)
        return;
    former = memory_zeroed(2 * entry->former_length + 1, 1);
    hex_print(entry->former, entry->former_length, former);
    cJSON_AddStringToObject(object, "former", former);
}

static void add_failure(cJSON *list, const struct journal_failure *failure)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddItemToArray(list, object);
    cJSON_AddStringToObject(object, "name", failure->name);
    cJSON_AddStringToObject(object, "digest", failure->digest);
    cJSON_AddStringToObject(object, "reason", failure->reason);
}

static void add_digest(const char *body, struct text *out)
{
    unsigned char hash[SHA256_DIGEST_LENGTH];
    SHA2_CTX context;
    SHA256Init(&context);
    SHA256Update(&context, (const unsigned char *)body, strlen(body));
    SHA256Final(hash, &context);
    char hex[2 * sizeof(hash) + 1];
    hex_print(hash, sizeof(hash), hex);
    text_add(out, hex);
}

void record_write(const struct journal *journal, struct text *out)
{
    scoped(delete_tree) cJSON *root = cJSON_CreateObject();
    cJSON *entries = cJSON_AddArrayToObject(root, "entries");
    cJSON *failures = cJSON_AddArrayToObject(root, "failures");
    for (size_t i = 0; i < journal->count; i++)
        add_entry(entries, &journal->entries[i]);
    for (size_t i = 0; i < journal->failure_count; i++)
        add_failure(failures, &journal->failures[i]);
    char *printed = cJSON_Print(root);
    scoped_free char *body = memory_format("%s\n", printed ? printed : "");
    cJSON_free(printed);
    text_add_format(out, MAGIC "%d ", RECORD_FORMAT);
    add_digest(body, out);
    text_add(out, "\n");
    text_add(out, body);
}

/* ---- Reading ---- */

static char *word(const cJSON *object, const char *key)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

static bool truth(const cJSON *object, const char *key)
{
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, key));
}

static int read_phase(const char *text, enum journal_phase *ret_phase, struct error *err)
{
    for (size_t i = 0; i < countof(phase_words); i++) {
        if (strcmp(text, phase_words[i]) != 0)
            continue;
        *ret_phase = (enum journal_phase)i;
        return 0;
    }
    return error_set(err, ERROR_INVALID, "found phase \"%.40s\"", text);
}

/* The bytes of an old container; free() them. */
static int read_former(
    const char *hex, unsigned char **ret_bytes, size_t *ret_length, struct error *err)
{
    size_t length = strlen(hex) / 2;
    scoped_free unsigned char *bytes = memory_zeroed(length + 1, 1);
    if (strlen(hex) % 2 != 0 || hex_parse(hex, length, bytes) < 0)
        return error_set(err, ERROR_INVALID, "an entry's former is no hexadecimal text");
    *ret_bytes = steal(&bytes);
    *ret_length = length;
    return 0;
}

static int read_entry(const cJSON *object, struct journal *journal, struct error *err)
{
    const char *phase = word(object, "phase"), *former = word(object, "former");
    const char *restart = word(object, "restart");
    struct journal_entry entry = {
        .name = word(object, "name"),
        .id = word(object, "id"),
        .source = word(object, "source"),
        .key = word(object, "key"),
        .digest = word(object, "digest"),
        .replaces = word(object, "replaces"),
        .former_ran = truth(object, "former_ran"),
    };
    if (!entry.name || !entry.id || !entry.source || !entry.key || !entry.digest || !phase)
        return error_set(err, ERROR_INVALID, "an entry lacks a field");
    scoped_free unsigned char *bytes = NULL;
    if (former && read_former(former, &bytes, &entry.former_length, err) < 0)
        return -1;
    entry.former = bytes;
    for (size_t i = 0; restart && i < countof(restart_words); i++)
        if (strcmp(restart, restart_words[i]) == 0)
            entry.restart = (enum journal_restart)i;
    if (read_phase(phase, &entry.phase, err) < 0)
        return -1;
    journal_put(journal, &entry);
    return 0;
}

static int read_failure(const cJSON *object, struct journal *journal, struct error *err)
{
    const char *name = word(object, "name"), *digest = word(object, "digest");
    const char *reason = word(object, "reason");
    if (!name || !digest || !reason)
        return error_set(err, ERROR_INVALID, "a failure lacks a field");
    journal_fail(journal, name, digest, reason);
    return 0;
}

static int read_body(const char *body, struct journal *journal, struct error *err)
{
    const char *end = NULL;
    scoped(delete_tree) cJSON *root = cJSON_ParseWithLengthOpts(body, strlen(body) + 1, &end, 1);
    if (!root)
        return error_set(
            err, ERROR_INVALID, "it is no JSON (byte %zu of it)", end ? (size_t)(end - body) : 0);
    const cJSON *entries = cJSON_GetObjectItemCaseSensitive(root, "entries");
    const cJSON *failures = cJSON_GetObjectItemCaseSensitive(root, "failures"), *object = NULL;
    if (!cJSON_IsArray(entries) || !cJSON_IsArray(failures))
        return error_set(err, ERROR_INVALID, "it has no entries and failures");
    cJSON_ArrayForEach(object, entries) if (read_entry(object, journal, err) < 0) return -1;
    cJSON_ArrayForEach(object, failures) if (read_failure(object, journal, err) < 0) return -1;
    return 0;
}

/* Returns the body behind the first line, whose digest fits, or NULL. */
static const char *read_head(const char *bytes, size_t length, struct error *err)
{
    char *end = NULL;
    scoped_text struct text digest = {0};
    if (strncmp(bytes, MAGIC, strlen(MAGIC)) != 0) {
        error_set(err, ERROR_INVALID, "it does not begin with \"" MAGIC "\"");
        return NULL;
    }
    long format = strtol(bytes + strlen(MAGIC), &end, 10);
    if (format != RECORD_FORMAT) {
        error_set(err, format > RECORD_FORMAT ? ERROR_NEWER : ERROR_INVALID,
            "found format %ld, expected %d", format, RECORD_FORMAT);
        return NULL;
    }
    const char *body = end + 1 + (SHA256_HEX_SIZE - 1) + 1;
    if (body > bytes + length || strlen(bytes) != length || *end != ' ' || body[-1] != '\n') {
        error_set(err, ERROR_INVALID, "it is torn (%zu bytes)", length);
        return NULL;
    }
    add_digest(body, &digest);
    if (strncmp(text_get(&digest), end + 1, (SHA256_HEX_SIZE - 1)) != 0) {
        error_set(err, ERROR_INVALID, "it is torn: its checksum does not fit");
        return NULL;
    }
    return body;
}

int record_read(struct journal *journal, const char *bytes, size_t length, struct error *err)
{
    struct journal read = {.lock = -1};
    const char *body = read_head(bytes, length, err);
    if (!body || read_body(body, &read, err) < 0) {
        journal_close(&read);
        return -1;
    }
    journal->entries = steal(&read.entries);
    journal->count = read.count;
    journal->capacity = read.capacity;
    journal->failures = steal(&read.failures);
    journal->failure_count = read.failure_count;
    journal->failure_capacity = read.failure_capacity;
    return 0;
}
