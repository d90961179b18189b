/* Messages as protobuf JSON with the proto's field names: 64-bit numbers as strings, defaults left
 * out. */
#ifndef KD_KANTO_JSON_H
#define KD_KANTO_JSON_H

#include <cjson/cJSON.h>
#include <protobuf-c/protobuf-c.h>

cJSON *json_message(const ProtobufCMessage *message); /* cJSON_Delete it */

#endif
