/* One call on its way: its batches on the completion queue, what came back, and the verdict. Its
 * address is the tag of its batches; it has at most one batch open. Private to the room. */
#ifndef KD_KANTO_FLIGHT_H
#define KD_KANTO_FLIGHT_H

#include "kanto/kanto.h"

#include <grpc/grpc.h>
#include <stdio.h>

struct flight;

/* Sends. The call is the flight's. `trace`: NULL, or where flight_land writes its line. */
void flight_start(grpc_call *call, const struct kanto_request *request,
    const ProtobufCMessage *message, FILE *trace);

/* Its batch has come back: true when the call is over. A stream goes on until its end, or until
 * KANTO_LOG_MAX is met. */
bool flight_goes_down(struct flight *flight);

/* The answer, and the end of the flight. */
void flight_land(struct flight *flight, struct kanto_answer *ret_answer);

#endif
