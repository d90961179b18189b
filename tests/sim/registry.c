#include "registry.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "operation.h"

#include <stdlib.h>
#include <string.h>

#define STATUS_DEADLINE_EXCEEDED 4
#define QUICK_MS                 5
#define DIAL_MS                  30000

enum form {
    FORM_MISSING, /* not found */
    FORM_STATUS,  /* the text is the status line's */
    FORM_REQUEST, /* the text is why the request failed */
    FORM_NAME,    /* of the host, in between */
    FORM_DIAL,    /* of its port */
    FORM_TOKEN,
    FORM_PAGE,
};

struct answer {
    const char *word;
    enum form form;
    const char *text;
    int status; /* gRPC; 0: UNKNOWN */
    int64_t after_ms;
};

struct registry {
    char *host;
    const struct answer *answer;
};

static const struct answer answers[] = {
    {"401", FORM_STATUS, "401 Unauthorized", 0, QUICK_MS},
    {"403", FORM_STATUS, "403 Forbidden", 0, QUICK_MS},
    {"404", FORM_MISSING, "", 0, QUICK_MS},
    {"429", FORM_STATUS, "429 Too Many Requests", 0, QUICK_MS},
    {"500", FORM_STATUS, "500 Internal Server Error", 0, QUICK_MS},
    {"502", FORM_STATUS, "502 Bad Gateway", 0, QUICK_MS},
    {"503", FORM_STATUS, "503 Service Unavailable", 0, QUICK_MS},
    {"504", FORM_STATUS, "504 Gateway Timeout", 0, QUICK_MS},
    {"eof", FORM_REQUEST, "EOF", 0, QUICK_MS},
    {"reset", FORM_REQUEST,
        "read tcp 127.0.0.1:40170->127.0.0.1:5990: read: connection reset by peer", 0, QUICK_MS},
    {"refused", FORM_DIAL, "connect: connection refused", 0, QUICK_MS},
    {"timeout", FORM_DIAL, "i/o timeout", STATUS_DEADLINE_EXCEEDED, DIAL_MS},
    {"dns", FORM_NAME, "on 127.0.0.53:53: no such host", 0, QUICK_MS},
    {"x509", FORM_REQUEST,
        "tls: failed to verify certificate: x509: certificate has expired or is not yet valid: "
        "current time 1970-01-01T00:00:42Z is before 2026-01-01T00:00:00Z",
        0, QUICK_MS},
    {"login", FORM_TOKEN,
        "unable to decode token response: invalid character '<' looking for beginning of value", 0,
        QUICK_MS},
    {"html", FORM_PAGE, "unhandled media type: text/html", 0, QUICK_MS},
};

/* ---- the parts of a reference: host[:port]/repository[:tag][@digest] ---- */

static size_t host_length(const char *reference)
{
    return strcspn(reference, "/");
}

static bool is_loopback(const char *host)
{
    return strncmp(host, "localhost", 9) == 0 || strncmp(host, "127.", 4) == 0;
}

/* Where the repository's name ends. */
static const char *name_end(const char *path)
{
    const char *digest = strchr(path, '@');
    const char *end = digest ? digest : path + strlen(path);
    for (const char *at = end; at > path && at[-1] != '/'; at--)
        if (at[-1] == ':')
            return at - 1;
    return end;
}

static char *url_of(const char *reference)
{
    size_t length = host_length(reference);
    const char *path = reference[length] ? reference + length + 1 : "";
    const char *end = name_end(path), *digest = strchr(path, '@');
    bool hub = length == strlen("docker.io") && strncmp(reference, "docker.io", length) == 0;
    const char *version = digest ? digest + 1 : *end ? end + 1 : "";
    return memory_format("%s://%s%.*s/v2/%.*s/manifests/%s",
        is_loopback(reference) ? "http" : "https", hub ? "registry-1." : "", (int)length, reference,
        (int)(end - path), path, version);
}

/* ---- what the daemon says ---- */

static char *dial(const char *host, const char *text)
{
    const char *port = strchr(host, ':');
    return memory_format("dial tcp 127.0.0.1:%s: %s",
        port                ? port + 1
        : is_loopback(host) ? "80"
                            : "443",
        text);
}

static char *look_up(const char *host, const char *text)
{
    return memory_format("dial tcp: lookup %.*s %s", (int)strcspn(host, ":"), host, text);
}

/* What follows `failed to resolve reference "…": `. */
static char *reason_of(
    const char *host, const struct answer *answer, const char *reference, const char *url)
{
    scoped_free char *why = answer->form == FORM_DIAL   ? dial(host, answer->text)
                            : answer->form == FORM_NAME ? look_up(host, answer->text)
                                                        : memory_string(answer->text);
    switch (answer->form) {
    case FORM_MISSING:
        return memory_format("%s: not found", reference);
    case FORM_STATUS:
        return memory_format("unexpected status from HEAD request to %s: %s", url, why);
    case FORM_TOKEN:
        return memory_format("failed to authorize: failed to fetch anonymous token: %s", why);
    default:
        return memory_format("failed to do request: Head \"%s\": %s", url, why);
    }
}

static char *sentence(const struct registry *registry, const char *reference)
{
    const struct answer *answer = registry->answer;
    if (answer->form == FORM_PAGE)
        return memory_format("you are not authorized to use this image: %s", answer->text);
    scoped_free char *url = url_of(reference);
    scoped_free char *reason = reason_of(registry->host, answer, reference, url);
    return memory_format("failed to resolve reference \"%s\": %s", reference, reason);
}

/* ---- the registries ---- */

static struct registry *find(const struct registries *registries, const char *host, size_t length)
{
    for (size_t i = 0; i < registries->count; i++)
        if (strlen(registries->list[i].host) == length &&
            strncmp(registries->list[i].host, host, length) == 0)
            return &registries->list[i];
    return NULL;
}

struct refusal registries_ask(const struct registries *registries, const char *reference)
{
    const struct registry *registry = find(registries, reference, host_length(reference));
    const struct answer *answer = registry ? registry->answer : NULL;
    if (!answer)
        return (struct refusal){0};
    return (struct refusal){.message = sentence(registry, reference),
        .status = answer->status ? answer->status : OPERATION_FAILED,
        .after_ms = answer->after_ms,
        .stays = answer->form == FORM_PAGE};
}

/* NULL: it is well. False: there is no such answer. */
static bool find_answer(const char *word, const struct answer **ret_answer)
{
    bool well = strcmp(word, "ok") == 0;
    const struct answer *found = NULL;
    for (size_t i = 0; !found && i < countof(answers); i++)
        if (strcmp(answers[i].word, word) == 0)
            found = &answers[i];
    if (well || found)
        *ret_answer = found;
    return well || found;
}

int registries_set(struct registries *registries, const char *text)
{
    const struct answer *answer;
    const char *equals = strchr(text, '=');
    if (!equals || equals == text || !find_answer(equals + 1, &answer))
        return -1;
    size_t length = (size_t)(equals - text);
    struct registry *registry = find(registries, text, length);
    if (!registry) {
        memory_grow(&registries->list, &registries->capacity, registries->count, sizeof(*registry));
        registry = &registries->list[registries->count++];
        *registry = (struct registry){.host = memory_bytes(text, length)};
    }
    registry->answer = answer;
    return 0;
}

void registries_finish(struct registries *registries)
{
    for (size_t i = 0; i < registries->count; i++)
        free(registries->list[i].host);
    free(registries->list);
}
