#include "registry/reference.h"

#include "http/copy.h"

#include <stdbool.h>
#include <string.h>

#define SCHEME      "oci://"
#define LOWER       "abcdefghijklmnopqrstuvwxyz0123456789"
#define UPPER       "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DOCKER_HUB  "docker.io"
#define DOCKER_HOST "registry-1.docker.io"
#define DOCKER_AUTH "auth.docker.io"

static bool copy(char *to, size_t size, const char *from, size_t length)
{
    return length > 0 && copy_part(to, size, from, length);
}

/* Words of a-z and 0-9, between them one of . _ __ or any number of -; parts between slashes. */
static bool is_repository(const char *text)
{
    static const char *const separators[] = {"__", ".", "_"};
    for (;;) {
        size_t word = strspn(text, LOWER);
        if (word == 0)
            return false;
        text += word;
        if (!*text)
            return true;
        size_t separator = strspn(text, "-");
        for (size_t i = 0; separator == 0 && i < 3; i++)
            if (strncmp(text, separators[i], strlen(separators[i])) == 0)
                separator = strlen(separators[i]);
        if (separator == 0 && *text == '/')
            separator = 1;
        if (separator == 0)
            return false;
        text += separator;
    }
}

static bool is_tag(const char *text)
{
    return *text && *text != '.' && *text != '-' && strspn(text, LOWER UPPER "_.-") == strlen(text);
}

bool reference_is_host(const char *text)
{
    size_t name = *text == '[' ? strcspn(text, "]") + 1 : strcspn(text, ":");
    size_t digits = text[name] == ':' ? strspn(text + name + 1, "0123456789") : 0;
    const char *allowed = *text == '[' ? "[]:abcdefABCDEF0123456789." : LOWER UPPER "-.";
    return name > 0 && strspn(text, allowed) >= name &&
           (text[name] == '\0' || (digits > 0 && digits <= 5 && !text[name + 1 + digits]));
}

static int fail(struct error *err, const char *text, const char *expected)
{
    for (const char *at = strchr(text, '@'); at; at = strchr(at + 1, '@'))
        if (strncmp(at, "@sha", 4) != 0) /* behind a user, and perhaps a password */
            return error_set(
                err, ERROR_INVALID, "url: found an @ in it (not shown), expected %s", expected);
    return error_set(err, ERROR_INVALID, "url: found \"%.300s\", expected %s", text, expected);
}

int reference_parse(const char *text, struct reference *ret_reference, struct error *err)
{
    struct reference reference = {0};
    if (strncmp(text, SCHEME, strlen(SCHEME)) != 0)
        return fail(err, text, SCHEME "HOST/REPOSITORY:TAG, or …@sha256:DIGEST");
    const char *host = text + strlen(SCHEME), *slash = strchr(host, '/');
    if (!slash || !copy(reference.host, sizeof(reference.host), host, (size_t)(slash - host)) ||
        !reference_is_host(reference.host))
        return fail(err, text, SCHEME "HOST[:PORT]/…");
    const char *at = strchr(slash, '@');
    const char *end = at ? at : slash + strlen(slash);
    const char *colon = memchr(slash, ':', (size_t)(end - slash));
    const char *repository_end = colon ? colon : end;
    if (!copy(reference.repository, sizeof(reference.repository), slash + 1,
            (size_t)(repository_end - slash - 1)) ||
        !is_repository(reference.repository))
        return fail(err, text, "a repository of a-z, 0-9, . _ - and /");
    if (colon &&
        (!copy(reference.tag, sizeof(reference.tag), colon + 1, (size_t)(end - colon - 1)) ||
            !is_tag(reference.tag)))
        return fail(err, text, "a tag of letters, digits, . _ and -, at most 128");
    if (at && (!copy(reference.digest, sizeof(reference.digest), at + 1, strlen(at + 1)) ||
                  !sha256_is(reference.digest)))
        return fail(err, text, "@sha256: and 64 digits of 0-9 and a-f");
    if (!colon && !at)
        copy_text(reference.tag, sizeof(reference.tag), "latest");
    if (strcmp(reference.host, DOCKER_HUB) == 0)
        copy_text(reference.host, sizeof(reference.host), DOCKER_HOST);
    *ret_reference = reference;
    return 0;
}

const char *reference_auth_host(const struct reference *reference)
{
    return strcmp(reference->host, DOCKER_HOST) == 0 ? DOCKER_AUTH : "";
}

const char *reference_name(const struct reference *reference)
{
    return *reference->digest ? reference->digest : reference->tag;
}
