#include "box.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "daemon.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_PIECE 16384 /* a longer line is kept in pieces (recorded: logs) */

struct box *box_create(struct daemon *daemon, Kanto__Container *container)
{
    struct box *box = memory_zeroed(1, sizeof(*box));
    box->daemon = daemon;
    box->container = container;
    box->last = &box->first;
    box->log = cJSON_CreateArray();
    return box;
}

void box_free(struct box *box)
{
    clock_unset(&box->daemon->clock, &box->ends);
    clock_unset(&box->daemon->clock, &box->restarts);
    container_free(box->container);
    cJSON_Delete(box->log);
    free(box);
}

enum container_status box_status(const struct box *box)
{
    return container_status(box->container);
}

static void set_text(char **text, char *value)
{
    free(*text);
    *text = value;
}

/* A state with nothing but the times of the former one. */
static Kanto__State *renew(struct box *box, enum container_status status)
{
    Kanto__State *old = box->container->state;
    Kanto__State *state = memory_zeroed(1, sizeof(*state));
    kanto__state__init(state);
    state->status = memory_string(container_status_word(status));
    if (old) {
        state->started_at = steal(&old->started_at);
        state->finished_at = steal(&old->finished_at);
        kanto__state__free_unpacked(old, NULL);
    }
    box->container->state = state;
    state->has_pid = true;
    state->pid = -1;
    return state;
}

void box_set_created(struct box *box)
{
    renew(box, STATUS_CREATED);
    box->container->created = clock_text(&box->daemon->clock);
}

void box_set_running(struct box *box)
{
    Kanto__State *state = renew(box, STATUS_RUNNING);
    state->pid = ++box->daemon->last_pid;
    state->has_running = state->running = true;
    set_text(&state->started_at, clock_text(&box->daemon->clock));
}

void box_set_paused(struct box *box, bool paused)
{
    int64_t pid = box->container->state->pid;
    Kanto__State *state = renew(box, paused ? STATUS_PAUSED : STATUS_RUNNING);
    state->pid = pid;
    state->has_paused = state->paused = paused;
    state->has_running = state->running = !paused;
}

void box_set_ended(
    struct box *box, enum container_status status, int exit_code, const char *error, bool oom)
{
    Kanto__State *state = renew(box, status);
    state->has_exit_code = exit_code != 0;
    state->exit_code = exit_code;
    state->has_exited = state->exited = status == STATUS_EXITED;
    state->has_oomkilled = state->oomkilled = oom;
    state->error = error ? memory_string(error) : NULL;
    set_text(&state->finished_at, clock_text(&box->daemon->clock));
}

void box_set_manually_stopped(struct box *box, bool stopped)
{
    box->container->has_manually_stopped = box->container->manually_stopped = stopped;
}

void box_set_restart_count(struct box *box, int64_t count)
{
    box->container->has_restart_count = count != 0;
    box->container->restart_count = count;
}

static void add_log_piece(
    struct box *box, const char *stream, const char *text, size_t length, bool ends)
{
    scoped_free char *piece = memory_bytes(text, length);
    scoped_free char *line = memory_format("%s%s", piece, ends ? "\n" : "");
    scoped_free char *time = clock_text(&box->daemon->clock);
    cJSON *entry = cJSON_CreateObject();
    cJSON_AddStringToObject(entry, "stream", stream);
    cJSON_AddStringToObject(entry, "log", line);
    cJSON_AddStringToObject(entry, "time", time);
    char *printed = cJSON_PrintUnformatted(entry);
    for (char *at = printed; (at = strstr(at, "\\u0001"));)
        memcpy(at, "\\ufffd", 6);
    cJSON_AddItemToArray(box->log, cJSON_CreateString(printed));
    cJSON_free(printed);
    cJSON_Delete(entry);
}

void box_add_log(struct box *box, const char *stream, const char *text)
{
    size_t length = strlen(text);
    while (length > LOG_PIECE) {
        add_log_piece(box, stream, text, LOG_PIECE, false);
        text += LOG_PIECE;
        length -= LOG_PIECE;
    }
    add_log_piece(box, stream, text, length, true);
}

static char *to_hex(const Kanto__Container *container)
{
    size_t size = kanto__container__get_packed_size(container);
    scoped_free uint8_t *bytes = memory_zeroed(size + 1, 1);
    char *hex = memory_zeroed(2 * size + 1, 1);
    kanto__container__pack(container, bytes);
    for (size_t i = 0; i < size; i++)
        snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
    return hex;
}

static Kanto__Container *from_hex(const char *hex)
{
    size_t size = hex ? strlen(hex) / 2 : 0;
    scoped_free uint8_t *bytes = memory_zeroed(size + 1, 1);
    for (size_t i = 0; i < size; i++)
        if (sscanf(hex + 2 * i, "%2hhx", &bytes[i]) != 1)
            return NULL;
    return size ? kanto__container__unpack(NULL, size, bytes) : NULL;
}

cJSON *box_save(const struct box *box)
{
    cJSON *saved = cJSON_CreateObject();
    scoped_free char *hex = to_hex(box->container);
    cJSON_AddStringToObject(saved, "container", hex);
    cJSON_AddBoolToObject(saved, "alive", box->process.alive);
    cJSON_AddNumberToObject(saved, "since_ms", (double)box->process.since_ms);
    cJSON_AddNumberToObject(saved, "ended_with", box->process.ended_with);
    cJSON_AddBoolToObject(saved, "started_before", box->started_before);
    cJSON_AddBoolToObject(saved, "starting", box->starting);
    cJSON_AddItemToObject(saved, "log", cJSON_Duplicate(box->log, true));
    return saved;
}

struct box *box_load(struct daemon *daemon, const cJSON *saved)
{
    Kanto__Container *container =
        from_hex(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(saved, "container")));
    const cJSON *ended_with = cJSON_GetObjectItemCaseSensitive(saved, "ended_with");
    const cJSON *since = cJSON_GetObjectItemCaseSensitive(saved, "since_ms");
    cJSON *log = cJSON_GetObjectItemCaseSensitive(saved, "log");
    if (!container || !cJSON_IsNumber(since) || !cJSON_IsArray(log)) {
        container_free(container);
        return NULL;
    }
    struct box *box = box_create(daemon, container_clone(container));
    container_free(container);
    box->process.alive = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(saved, "alive"));
    box->process.since_ms = (int64_t)since->valuedouble;
    box->process.ended_with = cJSON_IsNumber(ended_with) ? ended_with->valueint : 0;
    box->started_before = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(saved, "started_before"));
    box->starting = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(saved, "starting"));
    cJSON_Delete(box->log);
    box->log = cJSON_Duplicate(log, true);
    return box;
}
