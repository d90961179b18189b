#include "pull.h"

#include "base/memory.h"
#include "daemon.h"

#include <string.h>

static struct refusal refuse(char *message, int64_t after_ms)
{
    return (struct refusal){.message = message, .status = OPERATION_FAILED, .after_ms = after_ms};
}

struct refusal pull_ask(const struct daemon *daemon, const struct image *image)
{
    bool unknown = !image->entry && (daemon->images.unknown_fail || strstr(image->name, "nosuch"));
    if (image->spoiled) /* under its name there is what it was taken for */
        return refuse(memory_string(image->spoiled), 0);
    if (image->present)
        return (struct refusal){0};
    struct refusal refusal = registries_ask(&daemon->registries, image->name);
    if (refusal.message)
        return refusal;
    if (daemon->faults.disk_full)
        return refuse(memory_string("failed to extract layer sha256:0: write /var/lib/containerd: "
                                    "no space left on device: unknown"),
            image->after_ms);
    if (image->error)
        return refuse(memory_string(image->error), image->after_ms);
    if (unknown)
        return refuse(memory_format("failed to resolve reference \"%s\": %s: not found",
                          image->name, image->name),
            image->after_ms);
    return (struct refusal){0};
}

int64_t pull_ms(const struct daemon *daemon, const struct image *image, int64_t pulls)
{
    int64_t rate = daemon->faults.pull_rate;
    if (image->present)
        return 0;
    return rate > 0 ? image->bytes * 1000 * pulls / rate : image->pull_ms;
}
