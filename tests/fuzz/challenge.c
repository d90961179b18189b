/* WWW-Authenticate, as a registry sends it. */
#include "target.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "registry/challenge.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    scoped_free char *value = memory_bytes(bytes, length);
    struct challenge challenge;
    memset(&challenge, 0xaa, sizeof(challenge));
    challenge_parse(value, &challenge);
    target_expect(memchr(challenge.realm, '\0', sizeof(challenge.realm)) &&
                      memchr(challenge.service, '\0', sizeof(challenge.service)) &&
                      memchr(challenge.scope, '\0', sizeof(challenge.scope)),
        "a text without an end");
    return 0;
}
