#include "journal/record.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "journal/checksum.h"
#include "journal/former.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC "kanto-deployer-journal "
/* Of all logs together; JSON may need six bytes for one. */
#define LOGS_MAX  ((size_t)2 << 20)
#define COUNT_MAX 1e6
#define MS_MAX    1e15 /* what cJSON prints exactly */

static const char *const phase_words[] = {
    [JOURNAL_INTENDED] = "intended",
    [JOURNAL_DEPLOYED] = "deployed",
    [JOURNAL_SUSPECT] = "suspect",
    [JOURNAL_RETIRED] = "retired",
};

static const char *const restart_words[] = {
    [RESTART_NONE] = "",
    [RESTART_DUE] = "due",
    [RESTART_BEGUN] = "begun",
    [RESTART_OWED] = "owed",
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
    if (entry->hand)
        cJSON_AddStringToObject(object, "hand", entry->hand);
    if (entry->undoing)
        cJSON_AddTrueToObject(object, "undoing");
    if (entry->restart != RESTART_NONE)
        cJSON_AddStringToObject(object, "restart", restart_words[entry->restart]);
    if (entry->replaces) {
        cJSON_AddStringToObject(object, "replaces", entry->replaces);
        cJSON_AddBoolToObject(object, "former_ran", entry->former_ran);
    }
    if (*entry->former_sum)
        cJSON_AddStringToObject(object, "former", entry->former_sum);
}

static void add_stamp(cJSON *object, const struct stamp *stamp)
{
    cJSON_AddStringToObject(object, "boot", stamp->boot);
    cJSON_AddNumberToObject(object, "boottime_ms", (double)stamp->boottime_ms);
    cJSON_AddNumberToObject(object, "wall_ms", (double)stamp->wall_ms);
    cJSON_AddBoolToObject(object, "synchronised", stamp->synchronised);
}

static void add_word(cJSON *object, const char *key, const char *text)
{
    if (text && *text)
        cJSON_AddStringToObject(object, key, text);
}

static void add_failure(cJSON *list, const struct journal_failure *failure, size_t *logs_room)
{
    cJSON *object = cJSON_CreateObject();
    size_t log = failure->log ? strlen(failure->log) : 0;
    cJSON_AddItemToArray(list, object);
    cJSON_AddStringToObject(object, "name", failure->name);
    cJSON_AddStringToObject(object, "digest", failure->digest);
    cJSON_AddStringToObject(object, "reason", failure->reason);
    add_word(object, "message", failure->message);
    cJSON_AddBoolToObject(object, "final", failure->final);
    cJSON_AddBoolToObject(object, "costly", failure->costly);
    cJSON_AddNumberToObject(object, "attempts", failure->attempts);
    cJSON_AddNumberToObject(object, "skipped", failure->skipped);
    add_word(object, "skipped_boot", failure->skipped_boot);
    add_stamp(cJSON_AddObjectToObject(object, "at"), &failure->at);
    if (failure->has_exit)
        cJSON_AddNumberToObject(object, "exit_code", (double)failure->exit_code);
    if (log > *logs_room)
        return;
    *logs_room -= log;
    add_word(object, "log", failure->log);
}

void record_write(const struct journal *journal, struct text *out)
{
    scoped(delete_tree) cJSON *root = cJSON_CreateObject();
    cJSON *entries = cJSON_AddArrayToObject(root, "entries");
    cJSON *failures = cJSON_AddArrayToObject(root, "failures");
    char checksum[CHECKSUM_SIZE];
    size_t logs_room = LOGS_MAX;
    for (size_t i = 0; i < journal->count; i++)
        add_entry(entries, &journal->entries[i]);
    for (size_t i = 0; i < journal->failure_count; i++)
        add_failure(failures, &journal->failures[i], &logs_room);
    char *printed = memory_held(cJSON_Print(root));
    scoped_free char *body = memory_format("%s\n", printed);
    cJSON_free(printed);
    checksum_print(body, strlen(body), checksum);
    text_add_format(out, MAGIC "%d %s\n", RECORD_FORMAT, checksum);
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

/* A name in former/, and nothing that leads elsewhere. */
static bool is_checksum(const char *text)
{
    return strlen(text) == CHECKSUM_SIZE - 1 &&
           strspn(text, "0123456789abcdef") == CHECKSUM_SIZE - 1;
}

/* The entry keeps the name of what cannot be read now: it may be readable another time. */
static int read_former(const char *folder, const char *checksum, struct journal_entry *entry,
    struct text *notices, struct error *err)
{
    struct error why = {0};
    if (!is_checksum(checksum))
        return error_set(err, ERROR_INVALID, "found former \"%.80s\"", checksum);
    memcpy(entry->former_sum, checksum, CHECKSUM_SIZE);
    if (former_read(folder, checksum, &entry->former, &entry->former_length, &why) < 0)
        text_add_format(notices, "%s%s: the container that %s replaces could not be made again",
            notices->length > 0 ? "; " : "", why.text, entry->name);
    return 0;
}

static int read_entry(
    const cJSON *object, struct journal *journal, struct text *notices, struct error *err)
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
        .hand = word(object, "hand"),
        .undoing = truth(object, "undoing"),
    };
    if (!entry.name || !entry.id || !entry.source || !entry.key || !entry.digest || !phase)
        return error_set(err, ERROR_INVALID, "an entry lacks a field");
    for (size_t i = 0; restart && i < countof(restart_words); i++)
        if (strcmp(restart, restart_words[i]) == 0)
            entry.restart = (enum journal_restart)i;
    if (read_phase(phase, &entry.phase, err) < 0 ||
        (former && read_former(journal->folder, former, &entry, notices, err) < 0))
        return -1;
    journal_put(journal, &entry);
    free(entry.former);
    return 0;
}

static int64_t number(const cJSON *object, const char *key, double max)
{
    double value = cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(object, key));
    return value >= -max && value <= max ? (int64_t)value : 0; /* 0 for what is no number */
}

static unsigned count(const cJSON *object, const char *key)
{
    int64_t value = number(object, key, COUNT_MAX);
    return value > 0 ? (unsigned)value : 0;
}

static void read_boot(const cJSON *object, const char *key, char *ret_boot)
{
    const char *boot = word(object, key);
    if (boot && strlen(boot) == STAMP_BOOT_SIZE - 1)
        memcpy(ret_boot, boot, STAMP_BOOT_SIZE);
}

static struct stamp read_stamp(const cJSON *object)
{
    struct stamp stamp = {
        .boottime_ms = number(object, "boottime_ms", MS_MAX),
        .wall_ms = number(object, "wall_ms", MS_MAX),
        .synchronised = truth(object, "synchronised"),
    };
    read_boot(object, "boot", stamp.boot);
    return stamp;
}

static int read_failure(const cJSON *object, struct journal *journal, struct error *err)
{
    const char *name = word(object, "name"), *digest = word(object, "digest");
    const char *reason = word(object, "reason");
    if (!name || !digest || !reason)
        return error_set(err, ERROR_INVALID, "a failure lacks a field");
    struct journal_failure failure = {
        .name = memory_string(name),
        .digest = memory_string(digest),
        .reason = memory_string(reason),
        .message = memory_string(word(object, "message")),
        .final = truth(object, "final"),
        .costly = truth(object, "costly"),
        .attempts = count(object, "attempts"),
        .skipped = count(object, "skipped"),
        .at = read_stamp(cJSON_GetObjectItemCaseSensitive(object, "at")),
        .has_exit = cJSON_HasObjectItem(object, "exit_code"),
        .exit_code = number(object, "exit_code", MS_MAX),
        .log = memory_string(word(object, "log")),
    };
    read_boot(object, "skipped_boot", failure.skipped_boot);
    journal_failure_put(journal, failure);
    return 0;
}

static int read_body(
    const char *body, struct journal *journal, struct text *notices, struct error *err)
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
    cJSON_ArrayForEach(
        object, entries) if (read_entry(object, journal, notices, err) < 0) return -1;
    cJSON_ArrayForEach(object, failures) if (read_failure(object, journal, err) < 0) return -1;
    return 0;
}

/* Returns the body behind the first line, whose digest fits, or NULL. */
static const char *read_head(const char *bytes, size_t length, struct error *err)
{
    char *end = NULL;
    char checksum[CHECKSUM_SIZE];
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
    const char *body = end + 1 + CHECKSUM_SIZE;
    if (body > bytes + length || strlen(bytes) != length || *end != ' ' || body[-1] != '\n') {
        error_set(err, ERROR_INVALID, "it is torn (%zu bytes)", length);
        return NULL;
    }
    checksum_print(body, strlen(body), checksum);
    if (strncmp(checksum, end + 1, CHECKSUM_SIZE - 1) != 0) {
        error_set(err, ERROR_INVALID, "it is torn: its checksum does not fit");
        return NULL;
    }
    return body;
}

int record_read(struct journal *journal, const char *bytes, size_t length, struct text *notices,
    struct error *err)
{
    struct journal read = {.folder = memory_string(journal->folder), .lock = LOCK_NONE};
    const char *body = read_head(bytes, length, err);
    if (!body || read_body(body, &read, notices, err) < 0) {
        journal_close(&read);
        return -1;
    }
    memcpy(read.boot, journal->boot, sizeof(read.boot));
    read.lock = journal->lock;
    read.writable = journal->writable;
    free(journal->folder);
    *journal = read;
    return 0;
}
