#include "version.h"

#include "bundle/log.h"
#include "state.h"

#include <stdio.h>
#include <string.h>

bool version_may_count(const char *name)
{
    const char *slash = strchr(name, '/');
    return strcmp(slash ? slash + 1 : name, "VERSION") == 0;
}

void version_see(struct version *version, const char *name)
{
    const char *slash = strchr(name, '/');
    size_t length = slash ? (size_t)(slash - name) : 0;
    if (!version->any)
        snprintf(version->folder, sizeof(version->folder), "%.*s", (int)length, name);
    else if (strlen(version->folder) != length || strncmp(version->folder, name, length) != 0)
        version->several = true;
    version->any = true;
}

int version_read(struct version *version, const char *name, const char *bytes, size_t length)
{
    char text[BUNDLE_VERSION_MAX + 1] = "";
    int result = version_take(bytes, length, text);
    if (!strchr(name, '/')) {
        snprintf(version->top, sizeof(version->top), "%s", text);
        return result;
    }
    if (*version->below_name)
        return 1;
    snprintf(version->below, sizeof(version->below), "%s", text);
    snprintf(version->below_name, sizeof(version->below_name), "%s", name);
    return 0;
}

const char *version_of(const struct version *version, const char **ret_passed_over)
{
    bool below = *version->below_name && !version->several;
    *ret_passed_over = *version->below_name && !below ? version->below_name : NULL;
    if (!below)
        return version->top;
    return *version->below ? version->below : NULL;
}

int version_check(const struct bundle_policy *policy, const char *version, const char *last,
    const char *origin, const struct kd_host *host, struct error *err)
{
    bool needed = policy->verify && !*version;
    if ((!*last || version_compare(version, last) >= 0) && !needed)
        return 0;
    if (policy->accept_older && *last)
        bundle_log(host, KD_LOG_WARNING, "%s: version %s comes after %s (accept_older = yes)",
            origin, *version ? version : "none", last);
    else if (policy->accept_older)
        bundle_log(
            host, KD_LOG_WARNING, "%s: taken without a version (accept_older = yes)", origin);
    else if (*version)
        return error_set(err, ERROR_INVALID,
            "VERSION: found %s, expected %s, the last one, or later (accept_older)", version, last);
    else if (*last)
        return error_set(err, ERROR_INVALID,
            "found no VERSION, expected %s, the last one, or later (accept_older)", last);
    else
        return error_set(err, ERROR_INVALID,
            "found no VERSION, expected one in a bundle, as verify_ca is given (accept_older)");
    return 0;
}
