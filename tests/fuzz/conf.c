/* A configuration file: read, or refused with a place for every mistake. */
#include "target.h"

#include "base/error.h"
#include "config/config.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct config config;
    struct error err = {0};
    const char *path = "fuzz.conf";
    config_init(&config);
    int result = config_read(&config, path, (const char *)bytes, length, &err);
    target_expect(
        (result == 0) == (err.kind == ERROR_NONE), "returned %d with \"%s\"", result, err.text);
    target_expect(result == 0 || strstr(err.text, path), "found no place in \"%s\"", err.text);
    for (size_t i = 0; result == 0 && i < config.count; i++)
        target_expect(config.sources[i].plugin && config.sources[i].timeout_ms >= 0,
            "[source %s] is not whole", config.sources[i].name);
    config_finish(&config);
    return 0;
}
