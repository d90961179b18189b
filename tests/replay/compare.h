/* A recorded answer beside the one that came: every difference with its path. */
#ifndef KD_REPLAY_COMPARE_H
#define KD_REPLAY_COMPARE_H

#include "base/text.h"
#include "binding.h"

/* Differences are added to `out`, a line each. `part`: keys that the record does not have do not
 * count. Returns how many differences there are. */
size_t compare(struct bindings *bindings, const char *path, const cJSON *recorded,
    const cJSON *found, bool part, struct text *out);

/* What the recordings call state_only: id, name, the state and two counters in one object; {} for
 * no container. cJSON_Delete it. */
cJSON *compare_state(const cJSON *container);

/* `expect.state` of a recording against a container. */
size_t compare_expected_state(const cJSON *expected, const cJSON *container, struct text *out);

#endif
