/* The record of calls: one JSON object a line and a call, appended when its answer is there. Keys:
 * call, request, code, code_number, message, response or response_stream, elapsed_ms. Messages are
 * protobuf JSON with the proto's field names. Environment variables of containers are in it: the
 * file is created for its owner alone. */
#ifndef KD_KANTO_TRACE_H
#define KD_KANTO_TRACE_H

#include "base/error.h"

#include <cjson/cJSON.h>
#include <protobuf-c/protobuf-c.h>
#include <stdint.h>
#include <stdio.h>

int trace_open(const char *path, FILE **ret_file, struct error *err);

/* The request, kept until the answer comes. free() it. */
char *trace_request(const ProtobufCMessage *request);

/* `response` may be NULL. */
void trace_write(FILE *file, const char *call, const char *request, int code, const char *message,
    const ProtobufCMessage *response, int64_t elapsed_ms);

/* The same for a stream: `messages` is an array, and is taken over. */
void trace_write_stream(FILE *file, const char *call, const char *request, int code,
    const char *message, cJSON *messages, int64_t elapsed_ms);

#endif
