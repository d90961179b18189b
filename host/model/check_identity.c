/* Image, names, mounts, hooks, and the process. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "model/checker.h"
#include "model/image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ID_MAX        76
#define HOST_NAME_MAX 64 /* sethostname(2) */

/* ${X}, {{ X }}, <X>, @@X@@, %(X)s, #{X}: none of these characters is in a reference, but for the @
 * before its digest. */
static bool is_placeholder(const char *image)
{
    const char *at = strchr(image, '@');
    return strpbrk(image, "<> \t${}%#") || (at && strchr(at + 1, '@'));
}

/* registry/path:tag, registry/path@digest. What has no registry is not looked up anywhere by
 * default. */
static void check_image_reference(const struct checker *checker, const char *image)
{
    const char *last = strrchr(image, '/');
    if (is_placeholder(image)) {
        checker_report(checker, SEVERITY_ERROR, "image.name", 0, NULL,
            "found \"%s\", expected an image: this looks like a placeholder of a template", image);
        return;
    }
    if (!image_has_registry(image))
        checker_report(checker, SEVERITY_WARNING, "image.name", 0, NULL,
            "found \"%s\", expected a registry before it, as docker.io/library/NAME:TAG: kanto-cm "
            "knows no "
            "short names",
            image);
    if (!strchr(last ? last : image, ':') && !strchr(image, '@'))
        checker_report(checker, SEVERITY_WARNING, "image.name", 0, NULL,
            "found \"%s\", expected a tag or a digest behind it: kanto-cm adds none", image);
}

static bool is_id(const char *id)
{
    bool separator = true;
    for (const char *at = id; *at; at++) {
        bool now = strchr("._-", *at) != NULL;
        char one[2] = {*at, '\0'};
        if ((now && separator) || (!now && !checker_word(one, "", "")))
            return false;
        separator = now;
    }
    return !separator && strlen(id) <= ID_MAX;
}

void check_identity(const struct checker *checker, const Kanto__Container *container)
{
    const char *image = container->image ? container->image->name : NULL;
    if (!image || !*image)
        checker_report(checker, SEVERITY_ERROR, container->image ? "image.name" : "image", 0,
            "the containers image configuration is invalid",
            "image.name is empty, expected an image, as docker.io/library/influxdb:1.8.4");
    else
        check_image_reference(checker, image);
    bool named = !checker_empty(container->name);
    const char *name = named ? container->name : container->id; /* Create's own rule */
    if (!checker_empty(name) && !checker_word(name, "_", "_.-")) {
        scoped_free char *verdict = memory_format("invalid container name format : %s", name);
        checker_report(checker, SEVERITY_ERROR, named ? "name" : "id", 0, verdict,
            "found \"%s\", expected letters, digits, _ . - (the first one no . or -)", name);
    }
    if (!checker_empty(container->id) && !is_id(container->id))
        checker_report(checker, SEVERITY_ERROR, "id", 0, NULL,
            "found \"%s\", expected letters and digits with single . _ - between them, at most %d "
            "characters: "
            "it could be created and never started",
            container->id, ID_MAX);
    if (container->host_name && strlen(container->host_name) > HOST_NAME_MAX)
        checker_report(checker, SEVERITY_ERROR, "host_name", 0, NULL,
            "found %zu characters, expected at most %d", strlen(container->host_name),
            HOST_NAME_MAX);
}

static bool is_one_of(const char *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (checker_is(text, words[i]))
            return true;
    return false;
}

void check_mounts(const struct checker *checker, const Kanto__Container *container)
{
    static const char *const modes[] = {
        "private", "rprivate", "shared", "rshared", "slave", "rslave"};
    for (size_t i = 0; i < container->n_mounts; i++) {
        const Kanto__MountPoint *mount = container->mounts[i];
        static const char verdict[] = "source and destination must be set for a mount point";
        if (checker_empty(mount->source))
            checker_report(checker, SEVERITY_ERROR, "mounts[%zu].source", i, verdict,
                "is empty, expected a path on the host");
        else if (*mount->source != '/')
            checker_report(checker, SEVERITY_WARNING, "mounts[%zu].source", i, NULL,
                "found \"%s\", expected an absolute path", mount->source);
        if (checker_empty(mount->destination))
            checker_report(checker, SEVERITY_ERROR, "mounts[%zu].destination", i, verdict,
                "is empty, expected a path in the container");
        else if (*mount->destination != '/')
            checker_report(checker, SEVERITY_WARNING, "mounts[%zu].destination", i, NULL,
                "found \"%s\", expected an absolute path", mount->destination);
        if (!checker_empty(mount->propagation_mode) &&
            !is_one_of(mount->propagation_mode, modes, countof(modes)))
            checker_report(checker, SEVERITY_ERROR, "mounts[%zu].propagation_mode", i,
                "propagation mode must be set to one of the supported modes",
                "found \"%s\", expected private, rprivate, shared, rshared, slave or rslave",
                mount->propagation_mode);
    }
}

void check_hooks(const struct checker *checker, const Kanto__Container *container)
{
    static const char *const types[] = {"Prestart", "Poststart", "Poststop"};
    for (size_t i = 0; i < container->n_hooks; i++) {
        const Kanto__Hook *hook = container->hooks[i];
        if (!is_one_of(hook->type, types, countof(types)))
            checker_report(checker, SEVERITY_ERROR, "hooks[%zu].type", i, NULL,
                "found \"%s\", expected Prestart, Poststart or Poststop: kanto-cm drops any other "
                "silently",
                hook->type ? hook->type : "");
        if (checker_empty(hook->path) || *hook->path != '/')
            checker_report(checker, SEVERITY_ERROR, "hooks[%zu].path", i, NULL,
                "found \"%s\", expected an absolute path of a program on the host: the start would "
                "fail",
                hook->path ? hook->path : "");
        if (hook->timeout != 0)
            checker_report(
                checker, SEVERITY_NOTE, "hooks[%zu].timeout", i, NULL, "kanto-cm ignores it");
    }
}

/* ^[a-zA-Z_][a-zA-Z0-9_]*(|=.*)$ where . is no line end. */
static bool is_variable(const char *text)
{
    size_t length = strcspn(text, "=");
    scoped_free char *name = memory_bytes(text, length);
    return length > 0 && !(*name >= '0' && *name <= '9') && checker_word(name, "_", "_") &&
           !strchr(text + length, '\n');
}

void check_process(const struct checker *checker, const Kanto__ContainerConfiguration *config)
{
    for (size_t i = 0; i < config->n_env; i++) {
        if (is_variable(config->env[i]))
            continue;
        scoped_free char *verdict = memory_format(
            "invalid environmental variable declaration provided : %s", config->env[i]);
        checker_report(checker, SEVERITY_ERROR, "config.env[%zu]", i, verdict,
            "found \"%s\", expected NAME=value: a name of letters, digits and _, and no line end",
            config->env[i]);
    }
    if (config->n_cmd > 0 && checker_empty(config->cmd[0]))
        checker_report(checker, SEVERITY_ERROR, "config.cmd[%zu]", 0, NULL,
            "is empty, expected a program: the start would fail");
}
