/* One call, with everything that comes back. Several can be on their way. */
#ifndef KD_REPLAY_CALLER_H
#define KD_REPLAY_CALLER_H

#include "kanto/kanto.h"

#include <cjson/cJSON.h>

struct call;

struct call_result {
    int code;
    char *message;
    cJSON *responses; /* an array */
};

/* `hang_up_ms`: 0, or when the connection is closed by us. `deadline_ms`: 0 for a patient one. */
struct call *call_begin(const char *socket, enum kanto_method method, const cJSON *request,
    int64_t deadline_ms, int64_t hang_up_ms);
bool call_has_ended(struct call *call, int64_t wait_ms);
void call_end(struct call *call, struct call_result *ret_result); /* waits for its end */
void call_result_finish(struct call_result *result);

/* After the daemon's end: the next call connects anew. No call may be on its way. */
void caller_disconnect(void);

const char *call_code_name(int code);
bool call_method(const char *name, enum kanto_method *ret_method);

#endif
