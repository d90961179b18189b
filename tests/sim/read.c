#include "read.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "daemon.h"

#include <stdlib.h>
#include <string.h>

#define LOG_MESSAGE_MAX (3 << 20)

void read_get(struct operation *operation)
{
    Kanto__GetContainerResponse response = KANTO__GET_CONTAINER_RESPONSE__INIT;
    const struct subject subject = operation_subject(operation->method, operation->request);
    const struct box *box = daemon_find(operation->daemon, subject.id ? subject.id : "");
    response.container = box ? box->container : NULL;
    operation_accept(operation, &response.base);
}

/* The order of the real one is random: a hash table's. Here each List begins elsewhere. */
void read_list(struct operation *operation)
{
    struct daemon *daemon = operation->daemon;
    Kanto__ListContainersResponse response = KANTO__LIST_CONTAINERS_RESPONSE__INIT;
    scoped_free Kanto__Container **containers =
        memory_zeroed(daemon->count + 1, sizeof(*containers));
    bool blind = clock_now(&daemon->clock) < daemon->blind_ms;
    size_t begin = daemon->count ? (size_t)rand_r(&daemon->seed) % daemon->count : 0;
    response.containers = containers;
    for (size_t i = 0; !blind && i < daemon->count; i++)
        containers[response.n_containers++] = daemon->boxes[(begin + i) % daemon->count]->container;
    operation_accept(operation, &response.base);
}

static void send_logs(struct operation *operation, char *const *texts, size_t count)
{
    scoped_free Kanto__GetLogsResponse *messages = memory_zeroed(count + 1, sizeof(*messages));
    scoped_free const ProtobufCMessage **responses =
        memory_zeroed(count + 1, sizeof(ProtobufCMessage *));
    for (size_t i = 0; i < count; i++) {
        kanto__get_logs_response__init(&messages[i]);
        messages[i].log = *texts[i] ? texts[i] : NULL;
        responses[i] = &messages[i].base;
    }
    daemon_leave(operation);
    operation->answer(
        operation, &(struct reply){.message = "", .responses = responses, .response_count = count});
}

static const char *line_at(const struct box *box, int at)
{
    return cJSON_GetStringValue(cJSON_GetArrayItem(box->log, at));
}

/* tail < 0: all of it, in large messages. */
static void send_all(struct operation *operation, const struct box *box)
{
    const cJSON *line;
    char **texts = NULL;
    size_t count = 0, capacity = 0;
    struct text text = {0};
    cJSON_ArrayForEach(line, box->log)
    {
        if (strlen(text_get(&text)) + strlen(line->valuestring) + 1 > LOG_MESSAGE_MAX) {
            memory_grow(&texts, &capacity, count, sizeof(*texts));
            texts[count++] = text_steal(&text);
        }
        text_add(&text, line->valuestring);
        text_add(&text, "\n");
    }
    memory_grow(&texts, &capacity, count, sizeof(*texts));
    texts[count++] = memory_string(text_get(&text));
    text_finish(&text);
    send_logs(operation, texts, count);
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
    free(texts);
}

/* The daemon takes the bytes of a character for characters when it counts lines from the end. */
static char *garble(const char *line, bool last)
{
    struct text text = {0};
    for (const char *at = line; *at; at++)
        if ((unsigned char)*at < 0x80)
            text_add_bytes(&text, at, 1);
        else
            text_add(&text, "\xef\xbf\xbd");
    if (last)
        text_add(&text, "\n");
    return text_steal(&text);
}

/* tail n: a message a line. It loses the very first line of the file. */
static void send_tail(struct operation *operation, const struct box *box, int tail)
{
    int all = cJSON_GetArraySize(box->log);
    int from = all - tail > 1 ? all - tail : 1;
    int count = all > from ? all - from : 0;
    scoped_free char **texts = memory_zeroed((size_t)count + 1, sizeof(*texts));
    for (int i = 0; i < count; i++)
        texts[i] = garble(line_at(box, from + i), from + i == all - 1);
    send_logs(operation, texts, (size_t)count);
    for (int i = 0; i < count; i++)
        free(texts[i]);
}

void read_logs(struct operation *operation)
{
    const Kanto__GetLogsRequest *request = (const Kanto__GetLogsRequest *)operation->request;
    const struct box *box = daemon_find(operation->daemon, request->id ? request->id : "");
    if (!box) {
        operation->daemon->crashed = true;
        return;
    }
    const Kanto__LogConfiguration *config =
        box->container->host_config ? box->container->host_config->log_config : NULL;
    const Kanto__LogDriverConfiguration *driver = config ? config->driver_config : NULL;
    if (driver && driver->type && strcmp(driver->type, "none") == 0)
        operation_fail(operation, "there are not any logs for container %s with log type none",
            box->container->id);
    else if (box_status(box) == STATUS_CREATED)
        operation_fail(operation, "there are no logs for container with status \"%s\"", "Created");
    else if (driver && driver->root_dir && *driver->root_dir) /* it looks in the wrong place */
        operation_fail(operation, "log file not found %s/json.log", driver->root_dir);
    else if (request->tail < 0)
        send_all(operation, box);
    else
        send_tail(operation, box, request->tail);
}

void read_info(struct operation *operation)
{
    Kanto__ProjectInfo info = KANTO__PROJECT_INFO__INIT;
    Kanto__ProjectInfoResponse response = KANTO__PROJECT_INFO_RESPONSE__INIT;
    info.project_version = info.api_version = (char *)"1.0.0";
    info.build_time = info.git_commit = (char *)"unknown";
    response.project_info = &info;
    operation_accept(operation, &response.base);
}

void read_nothing(struct operation *operation)
{
    send_logs(operation, NULL, 0);
}
