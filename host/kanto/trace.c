#include "kanto/trace.h"

#include "base/cleanup.h"
#include "kanto/json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

int trace_open(const char *path, FILE **ret_file, struct error *err)
{
    scoped_fd int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "a");
    if (!file) {
        error_errno(err, errno, "trace %s", path);
        if (err)
            err->kind = ERROR_CONFIG;
        return -1;
    }
    steal_fd(&fd);
    *ret_file = file;
    return 0;
}

char *trace_request(const ProtobufCMessage *request)
{
    cJSON *object = json_message(request);
    char *text = cJSON_PrintUnformatted(object);
    cJSON_Delete(object);
    return text;
}

/* The names of the status codes, as the recordings have them. */
static const char *code_name(int code)
{
    static const char *const names[] = {"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT",
        "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
        "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"};
    return code >= 0 && (size_t)code < countof(names) ? names[code] : "UNKNOWN";
}

/* `key` and `response`: NULL for none; the response is taken over. */
static void write_line(FILE *file, const char *call, const char *request, int code,
    const char *message, const char *key, cJSON *response, int64_t elapsed_ms)
{
    cJSON *line = cJSON_CreateObject();
    cJSON_AddStringToObject(line, "call", call);
    cJSON_AddItemToObject(line, "request", cJSON_CreateRaw(request ? request : "{}"));
    cJSON_AddStringToObject(line, "code", code_name(code));
    cJSON_AddNumberToObject(line, "code_number", code);
    cJSON_AddStringToObject(line, "message", message ? message : "");
    if (response)
        cJSON_AddItemToObject(line, key, response);
    cJSON_AddNumberToObject(line, "elapsed_ms", (double)elapsed_ms);
    char *text = cJSON_PrintUnformatted(line);
    fprintf(file, "%s\n", text ? text : "{}");
    fflush(file);
    cJSON_free(text);
    cJSON_Delete(line);
}

void trace_write(FILE *file, const char *call, const char *request, int code, const char *message,
    const ProtobufCMessage *response, int64_t elapsed_ms)
{
    write_line(file, call, request, code, message, "response",
        response ? json_message(response) : NULL, elapsed_ms);
}

void trace_write_stream(FILE *file, const char *call, const char *request, int code,
    const char *message, cJSON *messages, int64_t elapsed_ms)
{
    write_line(file, call, request, code, message, "response_stream", messages, elapsed_ms);
}
